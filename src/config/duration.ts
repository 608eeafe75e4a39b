import { z } from 'zod'

const unitMs: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

const wholeDuration = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/
const oneStep = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/**
 * Milliseconds of `10s`, `1m30s`, `1.5h`, `0` (the syntax of Go's time.ParseDuration, without
 * signs), or undefined.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!wholeDuration.test(text)) return undefined
  const steps = [...text.matchAll(oneStep)]
  return steps.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs.get(unit!)!, 0)
}

/** The shortest text of a number of milliseconds: `1m30s`, `200ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms % 1000 !== 0) return ms >= 1 ? `${ms}ms` : `${ms * 1e6}ns`
  const seconds = ms / 1000
  const steps = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  return steps.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('')
}

/** Bounds of a duration, as texts: `{ min: '1ms' }`. */
export interface DurationBounds {
  readonly min?: string
  readonly max?: string
}

const expected = 'expected a duration with a unit, such as "10s" or "200ms"'

/**
 * A duration such as `10s`, parsed to milliseconds. A number without a unit is refused, except 0.
 * Give the default with its unit: `duration().prefault('10s')`.
 */
export function duration({ min = '0s', max }: DurationBounds = {}): z.ZodCodec<
  z.ZodString,
  z.ZodNumber
> {
  const minMs = parseDuration(min)!
  const maxMs = max === undefined ? Infinity : parseDuration(max)!
  const codec = z.codec(
    z.string({ error: (iss) => (iss.input === undefined ? undefined : expected) }),
    z.number(),
    {
      decode: (text, ctx) => {
        const ms = parseDuration(text)
        if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
        const message = ms === undefined ? expected : `expected a duration ${range(min, max)}`
        ctx.issues.push({ code: 'custom', input: text, message })
        return z.NEVER
      },
      encode: formatDuration,
    },
  )
  return codec.meta({ label: 'duration' })
}

function range(min: string, max: string | undefined): string {
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
}
