import type { JsonMap } from './json.ts'

/** Where the digits behind the milliseconds are in `2026-11-22T05:41:53.396400Z`. */
const MICROS_AT = 23

/** What is further apart than this is not the same moment on two clocks, in milliseconds. */
const APART_MS = 10_000

/**
 * A time of the API server (RFC 3339, in UTC) in milliseconds since 1970, with a fraction where it
 * has microseconds; 0 where there is none.
 */
export function timeIn(map: JsonMap | undefined, key: string): number {
  const text = map?.[key]
  return typeof text === 'string' ? parseTime(text) : 0
}

/** What was read last: a time stands in an object again and again. */
const known = new Map<string, number>()
const MAX_KNOWN = 256

/** The same of a text. */
export function parseTime(text: string): number {
  const found = known.get(text)
  if (found !== undefined) return found
  const ms = parsed(text)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(text, ms)
  return ms
}

function parsed(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return 0
  if (text.length <= MICROS_AT + 1 || text[19] !== '.' || !text.endsWith('Z')) return ms
  const digits = text.slice(MICROS_AT, -1)
  const more = Number(digits) / 10 ** digits.length
  return Number.isNaN(more) ? ms : ms + more
}

/**
 * When something happened of which its author says `ownMs`, to the second mostly, and of which the API
 * server heard at `seenMs`. The API server's clock is the one that all else is told by, and it heard of
 * most things at once; what it heard of late has its own time. 0 is not known.
 */
export function bestTime(ownMs: number, seenMs: number): number {
  if (ownMs === 0) return seenMs
  if (seenMs === 0) return ownMs
  return Math.abs(seenMs - ownMs) <= APART_MS ? seenMs : ownMs
}
