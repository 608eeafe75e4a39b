import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  MetricData,
  NumberPoint,
} from '../../src/pdata/metrics.ts'

/** A data point of any type. */
export type AnyPoint = MetricData['points'][number]

/**
 * A data point's value in one line, with six digits where it has a fraction: `42`, or
 * `count=4 sum=6.05 min=0.05 max=5 le0.1=1 le1=2 +Inf=1`.
 */
export function pointText(point: AnyPoint): string {
  if (isNumber(point)) return shortText(point.value)
  return [...distribution(point), ...bucketTexts(point)].join(' ')
}

/** Whether a data point is one of a gauge or sum. */
export function isNumber(point: AnyPoint): point is NumberPoint {
  return 'value' in point
}

/** Count, sum, and the extremes where they are known, as `name=value`. */
function distribution({ count, sum, min, max }: Exclude<AnyPoint, NumberPoint>): string[] {
  const extremes = [
    ...(min === undefined ? [] : [`min=${shortText(min)}`]),
    ...(max === undefined ? [] : [`max=${shortText(max)}`]),
  ]
  return [`count=${count}`, `sum=${shortText(sum)}`, ...extremes]
}

function shortText(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(6)))
}

/** Each bucket that holds something by its upper bound, lowest first. */
export function bucketTexts(point: HistogramPoint | ExponentialHistogramPoint): string[] {
  return 'bounds' in point ? explicitBuckets(point) : exponentialBuckets(point)
}

function explicitBuckets({ bounds, counts }: HistogramPoint): string[] {
  return counts.flatMap((count, i) => {
    const name = i < bounds.length ? `le${bounds[i]}` : '+Inf'
    return count === 0 ? [] : [`${name}=${count}`]
  })
}

/** A negative bucket ends with the bound that is nearer to zero. */
function exponentialBuckets(point: ExponentialHistogramPoint): string[] {
  const { scale, positive, negative, zeroCount, zeroThreshold } = point
  const texts: string[] = []
  const add = (bound: number, count: number | undefined): void => {
    if (count) texts.push(`le${Number(bound.toPrecision(4))}=${count}`)
  }
  const bound = (exponent: number): number => 2 ** (exponent * 2 ** -scale)
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    add(-bound(negative.offset + i), negative.counts[i])
  }
  add(zeroThreshold, zeroCount)
  for (const [i, count] of positive.counts.entries()) add(bound(positive.offset + i + 1), count)
  return texts
}
