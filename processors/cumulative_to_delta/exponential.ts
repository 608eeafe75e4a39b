import type { ExponentialBuckets, ExponentialHistogramPoint } from '../../src/pdata/metrics.ts'

/**
 * What was added to an exponential histogram since `before`; undefined where it began anew. Buckets
 * may have been merged (a smaller scale) and the zero bucket may have grown since: `before` is then
 * brought to the same form.
 */
export function exponentialDelta(
  point: ExponentialHistogramPoint,
  before: ExponentialHistogramPoint,
): ExponentialHistogramPoint | undefined {
  if (point.count < before.count || point.scale > before.scale) return undefined
  if (point.zeroThreshold < before.zeroThreshold) return undefined
  const old = widened(before, point.zeroThreshold)
  const lost = before.scale - point.scale
  const positive = difference(point.positive, coarser(old.positive, lost))
  const negative = difference(point.negative, coarser(old.negative, lost))
  const zeroCount = point.zeroCount - old.zeroCount
  if (!positive || !negative || zeroCount < 0) return undefined
  const { min: _min, max: _max, sum, ...rest } = point
  const known = sum !== undefined && before.sum !== undefined
  return {
    ...rest,
    count: point.count - before.count,
    ...(known && { sum: sum - before.sum }),
    zeroCount,
    positive,
    negative,
  }
}

/** Counts what lies below a larger threshold as zero. */
function widened(
  before: ExponentialHistogramPoint,
  threshold: number,
): Pick<ExponentialHistogramPoint, 'positive' | 'negative' | 'zeroCount'> {
  if (threshold <= before.zeroThreshold) return before
  // The bucket that the threshold falls into: the last one whose lower bound is below it.
  const bucket = Math.ceil(Math.log2(threshold) * 2 ** before.scale) - 1
  const [positive, fromPositive] = trimmed(before.positive, bucket)
  const [negative, fromNegative] = trimmed(before.negative, bucket)
  return { positive, negative, zeroCount: before.zeroCount + fromPositive + fromNegative }
}

/** The buckets above `bucket`, and what was in the others. */
function trimmed(
  { offset, counts }: ExponentialBuckets,
  bucket: number,
): [kept: ExponentialBuckets, below: number] {
  const gone = Math.min(Math.max(bucket + 1 - offset, 0), counts.length)
  const below = counts.slice(0, gone).reduce((sum, count) => sum + count, 0)
  return [{ offset: offset + gone, counts: counts.slice(gone) }, below]
}

/** Buckets of a scale that is smaller by `lost`: 2^lost of them become one. */
function coarser(buckets: ExponentialBuckets, lost: number): ExponentialBuckets {
  const { offset, counts } = buckets
  if (lost === 0 || counts.length === 0) return buckets
  const factor = 2 ** lost
  const first = Math.floor(offset / factor)
  const merged: number[] = []
  for (const [i, count] of counts.entries()) {
    const at = Math.floor((offset + i) / factor) - first
    while (merged.length <= at) merged.push(0)
    merged[at] = (merged[at] as number) + count
  }
  return { offset: first, counts: merged }
}

/** Undefined where a bucket has less than before. */
function difference(
  now: ExponentialBuckets,
  before: ExponentialBuckets,
): ExponentialBuckets | undefined {
  const counts = [...now.counts]
  for (const [i, count] of before.counts.entries()) {
    if (count === 0) continue
    const at = before.offset + i - now.offset
    const left = (counts[at] ?? 0) - count
    if (left < 0) return undefined
    counts[at] = left
  }
  return { offset: now.offset, counts }
}
