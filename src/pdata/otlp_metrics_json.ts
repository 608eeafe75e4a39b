import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricData,
  MetricGroup,
  Metrics,
  NumberPoint,
  Point,
} from './metrics.ts'
import { attributesToJson, doubleToJson } from './otlp_attributes.ts'
import { groupToJson } from './otlp_groups.ts'

/**
 * A batch as OTLP/JSON: hex ids, lowerCamelCase keys, enums as integers, 64-bit integers as decimal
 * strings (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). A metric without data
 * points says nothing and is left out.
 */
export function metricsToJson(batch: Metrics): object {
  return { resourceMetrics: batch.groups.map(metricsOfGroupToJson) }
}

function metricsOfGroupToJson(group: MetricGroup): object {
  const { resource, scope } = groupToJson(group)
  const told = group.metrics.filter(({ data }) => data.points.length > 0)
  return { resource, scopeMetrics: [{ scope, metrics: told.map(metricToJson) }] }
}

function metricToJson({ name, description, unit, data }: Metric): object {
  return {
    name,
    ...(description && { description }),
    ...(unit && { unit }),
    ...dataToJson(data),
  }
}

function dataToJson(data: MetricData): object {
  if (data.type === 'gauge') return { gauge: { dataPoints: data.points.map(numberToJson) } }
  const temporality = { aggregationTemporality: data.temporality }
  switch (data.type) {
    case 'sum': {
      const isMonotonic = data.monotonic && { isMonotonic: true }
      const dataPoints = data.points.map(numberToJson)
      return { sum: { dataPoints, ...temporality, ...isMonotonic } }
    }
    case 'histogram':
      return { histogram: { dataPoints: data.points.map(histogramToJson), ...temporality } }
    case 'exponential_histogram': {
      const dataPoints = data.points.map(exponentialToJson)
      return { exponentialHistogram: { dataPoints, ...temporality } }
    }
  }
}

function numberToJson(point: NumberPoint): object {
  return { ...commonToJson(point), ...valueToJson(point.value) }
}

function histogramToJson(point: HistogramPoint): object {
  const { counts, bounds } = point
  return {
    ...commonToJson(point),
    ...distributionToJson(point),
    ...(counts.length > 0 && { bucketCounts: counts.map(String) }),
    ...(bounds.length > 0 && { explicitBounds: bounds.map(doubleToJson) }),
  }
}

function exponentialToJson(point: ExponentialHistogramPoint): object {
  const { scale, zeroCount, zeroThreshold, positive, negative } = point
  return {
    ...commonToJson(point),
    ...distributionToJson(point),
    scale,
    zeroCount: String(zeroCount),
    ...(zeroThreshold !== 0 && { zeroThreshold: doubleToJson(zeroThreshold) }),
    ...(positive.counts.length > 0 && { positive: bucketsToJson(positive) }),
    ...(negative.counts.length > 0 && { negative: bucketsToJson(negative) }),
  }
}

function bucketsToJson({ offset, counts }: ExponentialBuckets): object {
  return { offset, bucketCounts: counts.map(String) }
}

/** What both sorts of histogram have. */
function distributionToJson(point: HistogramPoint | ExponentialHistogramPoint): object {
  const { count, sum, min, max } = point
  return {
    count: String(count),
    sum: doubleToJson(sum),
    ...(min !== undefined && { min: doubleToJson(min) }),
    ...(max !== undefined && { max: doubleToJson(max) }),
  }
}

/** What every data point has. */
function commonToJson({ attributes, startNs, timeNs, exemplars }: Point): object {
  return {
    attributes: attributesToJson(attributes),
    ...(startNs !== 0n && { startTimeUnixNano: String(startNs) }),
    timeUnixNano: String(timeNs),
    ...(exemplars.length > 0 && { exemplars: exemplars.map(exemplarToJson) }),
  }
}

function exemplarToJson({ attributes, timeNs, value, traceId, spanId }: Exemplar): object {
  return {
    filteredAttributes: attributesToJson(attributes),
    timeUnixNano: String(timeNs),
    ...valueToJson(value),
    ...(spanId && { spanId }),
    ...(traceId && { traceId }),
  }
}

function valueToJson(value: number | bigint): object {
  if (typeof value === 'bigint') return { asInt: BigInt.asIntN(64, value).toString() }
  if (Number.isSafeInteger(value)) return { asInt: value.toString() }
  return { asDouble: doubleToJson(value) }
}
