import type { ExponentialBuckets, ExponentialHistogramPoint } from '../../src/pdata/metrics.ts'
import type { BucketSpan, NativeBuckets, NativeHistogram } from './write_series.ts'

/** The scales that native histograms have: https://prometheus.io/docs/specs/native_histograms/#schema */
const MIN_SCHEMA = -4
const MAX_SCHEMA = 8
/** What is so near to zero is zero, where the histogram does not say itself; the Collector's choice. */
const ZERO_THRESHOLD = 1e-128
/** Gaps up to so many buckets are filled with empty ones: a span costs more. */
const LARGEST_GAP = 2

/** Why a histogram cannot be a native one. */
export type HistogramFault = 'scale' | 'no_sum'

/** An exponential histogram as a native one, or why it can be none. */
export function nativeOf(
  point: ExponentialHistogramPoint,
  times: { readonly stale: boolean; readonly timeMs: number; readonly startMs: number },
): NativeHistogram | HistogramFault {
  const { scale, sum, count, zeroCount, zeroThreshold, positive, negative } = point
  if (scale < MIN_SCHEMA) return 'scale'
  if (sum === undefined && !times.stale) return 'no_sum'
  const shift = Math.max(0, scale - MAX_SCHEMA)
  return {
    ...times,
    count,
    sum: sum ?? 0,
    schema: scale - shift,
    zeroThreshold: zeroThreshold || ZERO_THRESHOLD,
    zeroCount,
    positive: nativeBuckets(positive, shift),
    negative: nativeBuckets(negative, shift),
  }
}

/**
 * Puts 2^shift buckets together to one each and leaves out stretches of empty ones. Prometheus counts
 * buckets by their upper bounds, OTLP by their lower ones: hence the one that is added.
 */
function nativeBuckets({ offset, counts }: ExponentialBuckets, shift: number): NativeBuckets {
  const spans: BucketSpan[] = []
  const deltas: number[] = []
  let last = 0
  let end = 0
  const add = (index: number, count: number): void => {
    const span = spans.at(-1)
    const gap = index - end
    if (!span || gap > LARGEST_GAP) spans.push({ offset: span ? gap : index, length: 0 })
    else for (let i = 0; i < gap; i++) push(0)
    push(count)
    end = index + 1
  }
  const push = (count: number): void => {
    ;(spans.at(-1) as BucketSpan).length++
    deltas.push(count - last)
    last = count
  }
  const width = 2 ** shift
  let index = 0
  let sum = 0
  for (let i = 0; i < counts.length; i++) {
    const next = Math.floor((offset + i) / width) + 1
    if (next !== index && sum > 0) add(index, sum)
    sum = (next === index ? sum : 0) + (counts[i] as number)
    index = next
  }
  if (sum > 0) add(index, sum)
  return { spans, deltas }
}
