/**
 * What must not reach a terminal as it is: C0 and C1 controls (ESC and CSI among them), marks that
 * turn the direction of writing or have no width, line separators, lone surrogates; and the
 * backslash, so that an escape can be told from text that looks like one.
 */
// oxlint-disable-next-line no-control-regex
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\\]|\p{Cs}/gu
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

/** Text in which nothing can control a terminal: `\n`, `\x1b`, `\u202e` stand for themselves. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOf)
}

function escapeOf(char: string): string {
  const code = char.charCodeAt(0)
  if (SHORT[char]) return SHORT[char]
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  return `\\u${code.toString(16).padStart(4, '0')}`
}

/**
 * Printable text of at most `width` characters, the last of which is `…` where some were cut.
 * Costs by `width`, not by the length of `text`.
 */
export function fitted(text: string, width: number): string {
  // Two code units make at most one character, so this much is enough to fill the width.
  const safe = printable(text.slice(0, 2 * width + 2))
  if (safe.length <= width) return safe
  const chars = [...safe]
  if (chars.length <= width) return safe
  return `${chars.slice(0, width - 1).join('')}…`
}

/** Number of characters; wide ones count as one. */
export function widthOf(text: string): number {
  let width = 0
  for (const _ of text) width++
  return width
}

/** Text with blanks to its right up to `width` characters. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** Text with blanks to its left up to `width` characters. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text
}

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A whole number with its thousands set apart: `1,234`. */
export function countText(count: number): string {
  return GROUPED.format(count)
}

/** A rate with one decimal below 100, none above: `12.3`, `1,234`. */
export function rateText(perSecond: number): string {
  return perSecond < 99.95 ? perSecond.toFixed(1) : GROUPED.format(perSecond)
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes a second with three significant digits, by powers of 1000: `512 B/s`, `1.23 MB/s`. */
export function byteRateText(perSecond: number): string {
  let value = perSecond
  let unit = 0
  while (value >= 999.5 && unit < BYTES.length - 1) {
    value /= 1000
    unit++
  }
  return `${threeDigits(value)} ${BYTES[unit]}/s`
}

/** Nanoseconds with three significant digits: `512 µs`, `1.23 ms`, `12.3 s`. */
export function durationText(ns: number): string {
  // 999.5 µs would round to 1,000 µs: the next unit begins there.
  if (ns < 999_500) return `${threeDigits(ns / 1e3)} µs`
  if (ns < 999_500_000) return `${threeDigits(ns / 1e6)} ms`
  return `${threeDigits(ns / 1e9)} s`
}

function threeDigits(value: number): string {
  if (value === 0 || value >= 99.95) return value.toFixed(0)
  if (value >= 9.995) return value.toFixed(1)
  return value.toFixed(value >= 0.9995 ? 2 : 3)
}

/** Local time of day, `14:03:22.123`. */
export function clockText(ms: number): string {
  const at = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  return `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`
}
