import { inspect } from 'node:util'
import type {
  Buckets,
  DataPoint,
  Exemplar,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  Metric,
  NumberDataPoint,
  SummaryDataPoint,
} from './otlp_types.ts'
import { checkAttributes, checkContext, type Problems } from './otlp_checks.ts'
import { plainAttributes } from './otlp_views.ts'

const noRecordedValue = 1

/** Checks what the schema cannot say about one metric. */
export function checkMetric(problems: Problems, metric: Metric, path: string): void {
  problems.expect(metric.name !== '', `${path}.name`, 'empty')
  checkAttributes(problems, metric.metadata, `${path}.metadata`)
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric
  const data = gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary
  problems.expect(data !== undefined, path, `"${metric.name}" has no data`)
  if (!data) return
  if ('aggregationTemporality' in data) {
    const isGiven = data.aggregationTemporality !== 0
    problems.expect(isGiven, `${path}.aggregationTemporality`, 'unspecified')
  }
  checkPoints(problems, data.dataPoints, path)
  each(gauge ?? sum, path, (point, at) => checkNumber(problems, point, at))
  each(histogram, path, (point, at) => checkHistogram(problems, point, at))
  each(exponentialHistogram, path, (point, at) => checkExponential(problems, point, at))
  each(summary, path, (point, at) => checkSummary(problems, point, at))
}

function each<Point>(
  data: { dataPoints: Point[] } | undefined,
  path: string,
  check: (point: Point, path: string) => void,
): void {
  data?.dataPoints.forEach((point, i) => check(point, `${path}.dataPoints[${i}]`))
}

function checkPoints(problems: Problems, points: DataPoint[], path: string): void {
  const identities = new Set<string>()
  problems.expect(points.length > 0, `${path}.dataPoints`, 'empty')
  points.forEach((point, i) => {
    const here = `${path}.dataPoints[${i}]`
    const identity = identityOf(point)
    problems.expect(!identities.has(identity), here, `attributes and time given twice: ${identity}`)
    identities.add(identity)
    checkPoint(problems, point, here)
  })
}

function identityOf(point: DataPoint): string {
  const attributes = Object.entries(plainAttributes(point.attributes)).map(
    ([key, value]) => `${key}=${inspect(value)}`,
  )
  return [`t=${point.timeUnixNano}`, ...attributes.sort()].join(' ')
}

function checkPoint(problems: Problems, point: DataPoint, path: string): void {
  const { startTimeUnixNano: start, timeUnixNano: time } = point
  problems.expect(time > 0n, `${path}.timeUnixNano`, 'missing')
  problems.expect(time >= start, `${path}.timeUnixNano`, `${time} is before the start ${start}`)
  problems.expect(point.flags <= noRecordedValue, `${path}.flags`, 'sets reserved bits')
  checkAttributes(problems, point.attributes, `${path}.attributes`)
}

function hasValue({ asDouble, asInt }: Pick<Exemplar, 'asDouble' | 'asInt'>): boolean {
  return asDouble !== undefined || asInt !== undefined
}

function checkNumber(problems: Problems, point: NumberDataPoint, path: string): void {
  const isSilent = point.flags === noRecordedValue
  problems.expect(hasValue(point) || isSilent, path, 'has no value')
  checkExemplars(problems, point.exemplars, path)
}

function checkExemplars(problems: Problems, exemplars: Exemplar[], path: string): void {
  exemplars.forEach((exemplar, i) => {
    const here = `${path}.exemplars[${i}]`
    problems.expect(hasValue(exemplar), here, 'has no value')
    problems.expect(exemplar.timeUnixNano > 0n, `${here}.timeUnixNano`, 'missing')
    checkContext(problems, exemplar, here)
    checkAttributes(problems, exemplar.filteredAttributes, `${here}.filteredAttributes`)
  })
}

function total(counts: readonly bigint[]): bigint {
  return counts.reduce((sum, count) => sum + count, 0n)
}

function checkHistogram(problems: Problems, point: HistogramDataPoint, path: string): void {
  const { bucketCounts, explicitBounds: bounds, count } = point
  const isWithoutBuckets = bucketCounts.length === 0 && bounds.length === 0
  problems.expect(
    isWithoutBuckets || bucketCounts.length === bounds.length + 1,
    path,
    `${bucketCounts.length} buckets do not go with ${bounds.length} bounds`,
  )
  const isRising = bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!)
  problems.expect(isRising, `${path}.explicitBounds`, 'do not rise')
  checkCount(problems, count, isWithoutBuckets ? count : total(bucketCounts), path)
  checkExtremes(problems, point, path)
  checkExemplars(problems, point.exemplars, path)
}

function checkExponential(
  problems: Problems,
  point: ExponentialHistogramDataPoint,
  path: string,
): void {
  const inBuckets = (buckets: Buckets | undefined) => total(buckets?.bucketCounts ?? [])
  const sum = point.zeroCount + inBuckets(point.positive) + inBuckets(point.negative)
  checkCount(problems, point.count, sum, path)
  checkExtremes(problems, point, path)
  checkExemplars(problems, point.exemplars, path)
}

function checkCount(problems: Problems, count: bigint, sum: bigint, path: string): void {
  problems.expect(count === sum, `${path}.count`, `is ${count}, but the buckets hold ${sum}`)
}

function checkExtremes(
  problems: Problems,
  { min, max }: Pick<HistogramDataPoint, 'min' | 'max'>,
  path: string,
): void {
  if (min === undefined || max === undefined) return
  problems.expect(min <= max, `${path}.min`, `${min} is above the maximum ${max}`)
}

function checkSummary(problems: Problems, point: SummaryDataPoint, path: string): void {
  const isInRange = point.quantileValues.every(({ quantile }) => quantile >= 0 && quantile <= 1)
  problems.expect(isInRange, `${path}.quantileValues`, 'a quantile lies outside 0 to 1')
}
