import { describe, expect, it } from 'vitest'
import { nanosAt, nanosOf } from './timestamp.ts'

const at = (text: string): bigint | undefined =>
  nanosAt(Buffer.from(`"${text}"`), 1, text.length + 1)

describe('the time of an event', () => {
  it.each([
    ['2026-01-31T08:00:00.123456Z', 123_456_000n],
    ['2026-01-31T08:00:59.000001Z', 1_000n],
    ['2026-01-31T08:01:00.999999Z', 999_999_000n],
    ['2026-02-01T08:01:00.000000Z', 0n],
    ['2024-02-29T23:59:59.500000Z', 500_000_000n],
    ['2026-01-31T08:00:00Z', 0n],
    ['2026-01-31T08:00:00.5Z', 500_000_000n],
    ['2026-01-31T08:00:00.123456789Z', 123_456_789n],
    ['2026-01-31T10:00:00.250000+02:00', 250_000_000n],
  ])('%s is known to the nanosecond', (text, fraction) => {
    const seconds = BigInt(Date.parse(text.replace(/\.\d+/, ''))) * 1_000_000n
    expect([at(text), nanosOf(text)]).toEqual([seconds + fraction, seconds + fraction])
  })

  it.each(['', 'now', '2026-01-31', '2026-01-31T08:00:0x.123456Z', '2026-13-31T08:00:00+00:00'])(
    '%s is none',
    (text) => expect(at(text)).toBeUndefined(),
  )
})
