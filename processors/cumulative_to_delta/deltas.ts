import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
} from '../../src/pdata/metrics.ts'
import { exponentialDelta } from './exponential.ts'

/** What was added since the point before, or why that cannot be said. */
export type Delta<P> = P | 'reset' | 'bucket_mismatch'

/** Of a monotonic sum. */
export function numberDelta(point: NumberPoint, before: NumberPoint): Delta<NumberPoint> {
  if (point.value < before.value) return 'reset'
  const isDouble = isDoublePoint(point) || isDoublePoint(before)
  const value = isDouble
    ? Number(point.value) - Number(before.value)
    : exactDifference(point.value, before.value)
  return { ...point, value, ...(isDouble && { isDouble }), startNs: before.timeNs }
}

function isDoublePoint({ value, isDouble = false }: NumberPoint): boolean {
  return isDouble || (typeof value === 'number' && !Number.isSafeInteger(value))
}

function exactDifference(value: number | bigint, before: number | bigint): number | bigint {
  const difference = BigInt(value) - BigInt(before)
  return difference <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(difference) : difference
}

/** Of a histogram; one that began anew is what it says. */
export function histogramDelta(
  point: HistogramPoint,
  before: HistogramPoint,
): Delta<HistogramPoint> {
  if (!isSame(point.bounds, before.bounds) || point.counts.length !== before.counts.length) {
    return 'bucket_mismatch'
  }
  if (point.count < before.count) return { ...point, startNs: before.timeNs }
  const counts = point.counts.map((count, i) => count - (before.counts[i] as number))
  if (counts.some((count) => count < 0)) return { ...point, startNs: before.timeNs }
  // The smallest and largest value of all time say nothing about those that were added.
  const { min: _min, max: _max, sum, ...rest } = point
  const known = sum !== undefined && before.sum !== undefined
  return {
    ...rest,
    counts,
    count: point.count - before.count,
    ...(known && { sum: sum - before.sum }),
    startNs: before.timeNs,
  }
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i])
}

/** Of an exponential histogram. */
export function exponentialHistogramDelta(
  point: ExponentialHistogramPoint,
  before: ExponentialHistogramPoint,
): Delta<ExponentialHistogramPoint> {
  const delta = exponentialDelta(point, before)
  return delta ? { ...delta, startNs: before.timeNs } : 'reset'
}
