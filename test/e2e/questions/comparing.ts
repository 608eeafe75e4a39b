import { expect } from 'vitest'
import type { Sample } from '../../kit/prometheus.ts'
import type { Access } from '../../kit/servers.ts'

/** Upper bounds of the buckets of durations, in milliseconds, as the conventions advise them. */
const BOUNDS = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
/** Seconds that `rate` looks at. */
export const WINDOW = 300

/** The value of the one sample with these labels. */
export function valueOf(
  samples: readonly Sample[],
  labels: Record<string, string | undefined>,
): number {
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  )
  expect(found, JSON.stringify(labels)).toHaveLength(1)
  return found[0]!.value
}

/** How many requests a rate may be off, beside its share. */
export const SLACK = {
  /** Of the warm-up, which a first scrape may have come into. */
  usual: 8,
  few: 1,
  /** A second's worth: a client that is new has no series before its first scrape. */
  newClient: 150,
}

/** Rates are right but for what Prometheus adds at the edges. */
export function expectRate(perSecond: number, count: number, slack = SLACK.usual): void {
  expect(Math.abs(perSecond * WINDOW - count)).toBeLessThanOrEqual(slack + count * 0.08)
}

/**
 * The quantile `q` of an answer, in seconds, lies in the bucket in which the log's own lies, or above
 * it up to the one in which `clientMs` lies.
 */
export function expectQuantile(
  seconds: number,
  q: number,
  log: readonly Access[],
  clientMs = 0,
): void {
  const times = log.map(({ requestTimeMs }) => requestTimeMs).toSorted((a, b) => a - b)
  const truth = times[Math.ceil(q * times.length) - 1]!
  // The log's clock has whole milliseconds, and starts only when the server gets to reading.
  const slack = 2 + truth * 0.05
  const low = BOUNDS.findLast((bound) => bound < truth - slack) ?? 0
  const high = BOUNDS.find((bound) => bound >= Math.max(truth + slack, clientMs)) ?? Infinity
  expect(seconds * 1000, `log: ${truth} ms`).toBeGreaterThanOrEqual(low)
  expect(seconds * 1000, `log: ${truth} ms`).toBeLessThanOrEqual(high)
}

/** How many requests are so. */
export function countOf(log: readonly Access[], test: (access: Access) => boolean): number {
  return log.filter(test).length
}

/** How many of all are so. */
export function shareOf(log: readonly Access[], test: (access: Access) => boolean): number {
  return countOf(log, test) / log.length
}
