import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  MetricData,
  NumberPoint,
  SummaryPoint,
} from '../../src/pdata/metrics.ts'

/** A data point of any type. */
export type AnyPoint = MetricData['points'][number]

/**
 * A data point's value in one line, with six digits where it has a fraction: `42`, or
 * `count=4 sum=6.05 min=0.05 max=5 le0.1=1 le1=2 +Inf=1`.
 */
export function pointText(point: AnyPoint): string {
  if (isNumber(point)) return shortText(point.value)
  return [...countAndSum(point), ...extremes(point), ...bucketTexts(point)].join(' ')
}

/** Whether a data point is one of a gauge or sum. */
export function isNumber(point: AnyPoint): point is NumberPoint {
  return 'value' in point
}

/** A data point of many values. */
export type Distribution = Exclude<AnyPoint, NumberPoint>

function countAndSum({ count, sum }: Distribution): string[] {
  return [`count=${count}`, ...(sum === undefined ? [] : [`sum=${shortText(sum)}`])]
}

/** The extremes where they are known, as `name=value`. */
function extremes(point: Distribution): string[] {
  if ('quantiles' in point) return []
  const { min, max } = point
  return [
    ...(min === undefined ? [] : [`min=${shortText(min)}`]),
    ...(max === undefined ? [] : [`max=${shortText(max)}`]),
  ]
}

function shortText(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(6)))
}

/** Each bucket that holds something by its upper bound, lowest first; of a summary, each quantile. */
export function bucketTexts(point: Distribution): string[] {
  if ('quantiles' in point) return quantileTexts(point)
  return 'bounds' in point ? explicitBuckets(point) : exponentialBuckets(point)
}

function quantileTexts({ quantiles }: SummaryPoint): string[] {
  return quantiles.map(({ quantile, value }) => `q${quantile}=${shortText(value)}`)
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
