import type { ExponentialBuckets, ExponentialHistogramPoint } from '../../src/pdata/metrics.ts'
import type { Explicit } from './explicit.ts'

/** Counts by bounds that grow by a factor. */
export interface Exponential {
  readonly kind: 'exponential'
  readonly count: number
  readonly sum: number
  /** At most `MAX_SCALE`. */
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

/**
 * The finest exponential buckets that are kept: each is twice as wide as the one below. A finer
 * histogram would be hundreds of series, and its bounds would change with the values.
 */
const MAX_SCALE = 0

/** An exponential histogram's data point, its buckets put together to those that are kept. */
export function exponentialOf(point: ExponentialHistogramPoint): Exponential {
  const { count, sum = 0, zeroCount, zeroThreshold, positive, negative } = point
  const kept = { kind: 'exponential', count, sum, zeroCount, zeroThreshold } as const
  return scaledTo(Math.min(point.scale, MAX_SCALE), {
    ...kept,
    scale: point.scale,
    positive,
    negative,
  })
}

function scaledTo(scale: number, from: Exponential): Exponential {
  const shift = from.scale - scale
  const positive = scaled(from.positive, shift)
  const negative = scaled(from.negative, shift)
  return { ...from, scale, positive, negative }
}

/** Puts 2^shift buckets together to one each; a copy in any case. */
function scaled({ offset, counts }: ExponentialBuckets, shift: number): ExponentialBuckets {
  if (counts.length === 0) return { offset: 0, counts: [] }
  const indexOf = (i: number): number => inRange(Math.floor((offset + i) / 2 ** shift))
  const first = indexOf(0)
  const wider = Array.from({ length: indexOf(counts.length - 1) - first + 1 }, () => 0)
  for (const [i, count] of counts.entries()) {
    const index = indexOf(i) - first
    wider[index] = (wider[index] as number) + count
  }
  return { offset: first, counts: wider }
}

/** No double lies in another bucket, so whoever names one cannot make us fill what lies between. */
function inRange(index: number): number {
  return Math.min(Math.max(index, -1075), 1024)
}

/** Both together, at the coarser scale. */
export function mergedExponential(a: Exponential, b: Exponential): Exponential {
  const scale = Math.min(a.scale, b.scale)
  const [x, y] = [scaledTo(scale, a), scaledTo(scale, b)]
  return {
    kind: 'exponential',
    count: a.count + b.count,
    sum: a.sum + b.sum,
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
    positive: mergedBuckets(x.positive, y.positive),
    negative: mergedBuckets(x.negative, y.negative),
  }
}

function mergedBuckets(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.counts.length === 0) return b
  if (b.counts.length === 0) return a
  const offset = Math.min(a.offset, b.offset)
  const end = Math.max(a.offset + a.counts.length, b.offset + b.counts.length)
  const counts = Array.from({ length: end - offset }, (_, i) => {
    return (a.counts[offset + i - a.offset] ?? 0) + (b.counts[offset + i - b.offset] ?? 0)
  })
  return { offset, counts }
}

/** The same counts by fixed bounds: all that the buckets have. */
export function withBounds(from: Exponential): Explicit {
  const { count, sum, scale, positive, negative, zeroCount, zeroThreshold } = from
  const bounds: number[] = []
  const counts = [0]
  const add = (bound: number, items: number): void => {
    const last = bounds.length - 1
    // A bound that rounding has made the one before, or infinity, is none of its own.
    if (bound > (bounds[last] ?? -Infinity) && bound < Infinity) {
      bounds.push(bound)
      counts.splice(-1, 0, items)
    } else {
      const at = bound === Infinity ? last + 1 : Math.max(0, last)
      counts[at] = (counts[at] as number) + items
    }
  }
  const power = (index: number): number => 2 ** (index * 2 ** -scale)
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    add(-power(negative.offset + i), negative.counts[i] as number)
  }
  if (zeroCount > 0) add(zeroThreshold, zeroCount)
  // The lowest bucket begins here, not at zero.
  if (positive.counts.length > 0) add(power(positive.offset), 0)
  for (const [i, items] of positive.counts.entries()) add(power(positive.offset + i + 1), items)
  return { kind: 'explicit', count, sum, bounds, counts }
}
