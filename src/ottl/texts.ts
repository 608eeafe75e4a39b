import { Duration, Float, Instant, isList, isMap, type Value } from './values.ts'

/** A float64 as Go's `strconv.FormatFloat(v, 'f', -1, 64)` writes it: never with an exponent. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('e') ? withoutExponent(text) : text
}

function withoutExponent(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? []
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/**
 * A value as text, where a function takes texts and what can be turned into one: bytes in base64,
 * lists and maps as JSON. Undefined for `nil`.
 */
export function textOf(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return Number.isSafeInteger(value) ? String(value) : floatText(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return value === null ? undefined : objectText(value)
  }
}

type ObjectValue = Exclude<Value, null | string | number | bigint | boolean>

function objectText(value: ObjectValue): string {
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Instant) return instantText(value)
  if (value instanceof Duration) return durationText(value.ns)
  return jsonText(value)
}

/** A value as JSON. */
export function jsonText(value: Value): string {
  if (isList(value)) return `[${value.map(jsonText).join(',')}]`
  if (isMap(value)) {
    // Go writes the keys of a map in their order.
    const keys = [...value.keys()].toSorted()
    return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonText(value.get(key) ?? null)}`).join(',')}}`
  }
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  const text = textOf(value) ?? 'null'
  return value instanceof Uint8Array || value instanceof Instant || value instanceof Duration
    ? JSON.stringify(text)
    : text
}

/** RFC 3339 in UTC with as many digits as it takes. */
export function instantText({ ns }: Instant): string {
  const ms = ns / 1_000_000n - (ns % 1_000_000n < 0n ? 1n : 0n)
  const date = new Date(Number(ms))
  if (Number.isNaN(date.getTime())) return `${ns}ns`
  const fraction = String(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n).padStart(
    9,
    '0',
  )
  const digits = fraction.replace(/0+$/, '')
  return `${date.toISOString().slice(0, 19)}${digits && `.${digits}`}Z`
}

/** As Go writes a duration: `1h0m1.5s`, `20ms`. */
export function durationText(ns: bigint): string {
  if (ns === 0n) return '0s'
  if (ns < 0n) return `-${durationText(-ns)}`
  if (ns < 1_000n) return `${ns}ns`
  if (ns < 1_000_000n) return `${Number(ns) / 1e3}µs`
  if (ns < 1_000_000_000n) return `${Number(ns) / 1e6}ms`
  const seconds = ns / 1_000_000_000n
  const fraction = String(ns % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const rest = `${seconds % 60n}${fraction && `.${fraction}`}s`
  if (seconds < 60n) return rest
  const minutes = seconds / 60n
  return minutes < 60n ? `${minutes}m${rest}` : `${minutes / 60n}h${minutes % 60n}m${rest}`
}
