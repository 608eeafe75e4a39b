/** `2026-01-31T08:00:00.000000Z`, as metav1.MicroTime is written. */
const MICRO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/

/** Nanoseconds since 1970 of a time of RFC 3339; undefined where it is none. */
export function nanosOf(text: string): bigint | undefined {
  const [, seconds, fraction = '', zone] = MICRO_TIME.exec(text) ?? []
  if (seconds === undefined || zone === undefined) return undefined
  const ms = Date.parse(seconds + zone)
  if (Number.isNaN(ms)) return undefined
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** As `nanosOf`, without making strings for the form that API servers write. */
export function nanosAt(bytes: Buffer, from: number, to: number): bigint | undefined {
  if (to - from !== 27 || bytes[to - 1] !== 0x5a || bytes[from + 19] !== 0x2e) {
    return nanosOf(bytes.toString('latin1', from, to))
  }
  const micros = digits(bytes, from + 20, 6)
  const ms = millis(bytes, from)
  if (Number.isNaN(ms + micros)) return undefined
  return BigInt(ms * 1000 + micros) * 1000n
}

/** Of one minute many events come: its beginning is computed once. */
let minute = { key: -1, ms: 0 }

function millis(bytes: Buffer, from: number): number {
  const [year, month, day] = [
    digits(bytes, from, 4),
    digits(bytes, from + 5, 2),
    digits(bytes, from + 8, 2),
  ]
  const [hours, minutes] = [digits(bytes, from + 11, 2), digits(bytes, from + 14, 2)]
  const key = (((year * 13 + month) * 32 + day) * 25 + hours) * 61 + minutes
  if (key !== minute.key) minute = { key, ms: Date.UTC(year, month - 1, day, hours, minutes) }
  return minute.ms + digits(bytes, from + 17, 2) * 1000
}

function digits(bytes: Buffer, from: number, count: number): number {
  let value = 0
  for (let i = from; i < from + count; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
