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
  SummaryPoint,
  SummaryQuantile,
} from './metrics.ts'
import { pointCountOf } from './metrics.ts'
import { encodeAttributes } from './otlp_attributes.ts'
import { encodeGroups, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import {
  encodeCount,
  encodeNumber,
  encodePackedDoubles,
  encodePackedFixed64,
  encodePackedVarints,
  encodeSint32,
} from './otlp_numbers.ts'
import type { ProtoWriter } from './proto_writer.ts'

// Field numbers: opentelemetry/proto/metrics/v1/metrics.proto
/** Field numbers of OTLP's `Metric`, its data left out. */
export const METRIC = { name: 1, description: 2, unit: 3, metadata: 12 } as const
/** The fields of OTLP's `Metric` that hold its data: one of them. */
export const METRIC_DATA = {
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponential_histogram: 10,
  summary: 11,
} as const
/** Field numbers of `Gauge`, `Sum` and their likes. */
export const DATA = { points: 1, temporality: 2, monotonic: 3 } as const
/** Field numbers that all data points have. */
export const POINT = { start: 2, time: 3 } as const
/** Field numbers of `NumberDataPoint`. */
export const NUMBER = { double: 4, exemplars: 5, int: 6, attributes: 7, flags: 8 } as const
/** Field numbers of `HistogramDataPoint`. */
export const HISTOGRAM = {
  count: 4,
  sum: 5,
  counts: 6,
  bounds: 7,
  exemplars: 8,
  attributes: 9,
  flags: 10,
  min: 11,
  max: 12,
} as const
/** Field numbers of `ExponentialHistogramDataPoint`. */
export const EXPONENTIAL = {
  attributes: 1,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  negative: 9,
  flags: 10,
  exemplars: 11,
  min: 12,
  max: 13,
  zeroThreshold: 14,
} as const
/** Field numbers of `Buckets`. */
export const BUCKETS = { offset: 1, counts: 2 } as const
/** Field numbers of `SummaryDataPoint`. */
export const SUMMARY = { count: 4, sum: 5, quantiles: 6, attributes: 7, flags: 8 } as const
/** Field numbers of `ValueAtQuantile`. */
export const QUANTILE = { quantile: 1, value: 2 } as const
/** Field numbers of `Exemplar`. */
export const EXEMPLAR = {
  time: 2,
  double: 3,
  spanId: 4,
  traceId: 5,
  int: 6,
  attributes: 7,
} as const

/**
 * Writes a batch as the body of an OTLP `ExportMetricsServiceRequest`. A metric without data points
 * says nothing and is left out.
 */
export function encodeMetrics(batch: Metrics, out: ProtoWriter): void {
  encodeGroups(batch.groups, encodeGroupMetrics, out)
}

/** Writes the metrics of a group as `ScopeMetrics` has them. */
export function encodeGroupMetrics(group: MetricGroup, out: ProtoWriter): void {
  if (group.encodeAll) return group.encodeAll(out)
  const { metrics } = group
  for (let i = metrics.length - 1; i >= 0; i--) {
    const metric = metrics[i] as Metric
    if (pointCountOf(metric) === 0) continue
    const mark = out.mark()
    encodeMetric(metric, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
}

/** Writes the fields of one `Metric`. */
export function encodeMetric(metric: Metric, out: ProtoWriter): void {
  if (metric.encode) return metric.encode(out)
  const { name, description, unit, data, metadata } = metric
  if (metadata) encodeAttributes(METRIC.metadata, metadata, out)
  const mark = out.mark()
  encodeData(data, out)
  out.message(METRIC_DATA[data.type], mark)
  if (unit) out.string(METRIC.unit, unit)
  if (description) out.string(METRIC.description, description)
  out.string(METRIC.name, name)
}

function encodeData(data: MetricData, out: ProtoWriter): void {
  if (data.type === 'sum' && data.monotonic) out.uint(DATA.monotonic, 1)
  if ('temporality' in data) out.uint(DATA.temporality, data.temporality)
  switch (data.type) {
    case 'gauge':
    case 'sum':
      return encodePoints(data.points, encodeNumberPoint, out)
    case 'histogram':
      return encodePoints(data.points, encodeHistogram, out)
    case 'exponential_histogram':
      return encodePoints(data.points, encodeExponential, out)
    case 'summary':
      return encodePoints(data.points, encodeSummary, out)
  }
}

function encodePoints<P extends Point>(
  points: readonly P[],
  encode: (point: P, out: ProtoWriter) => void,
  out: ProtoWriter,
): void {
  for (let i = points.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encode(points[i] as P, out)
    out.message(DATA.points, mark)
  }
}

function encodeNumberPoint(point: NumberPoint, out: ProtoWriter): void {
  encodeFlags(NUMBER.flags, point, out)
  encodeAttributes(NUMBER.attributes, point.attributes, out)
  encodeExemplars(NUMBER.exemplars, point.exemplars, out)
  if (point.isDouble) out.double(NUMBER.double, Number(point.value))
  else encodeNumber(NUMBER, point.value, out)
  encodeTimes(point, out)
}

function encodeHistogram(point: HistogramPoint, out: ProtoWriter): void {
  encodeExtremes(HISTOGRAM, point, out)
  encodeFlags(HISTOGRAM.flags, point, out)
  encodeAttributes(HISTOGRAM.attributes, point.attributes, out)
  encodeExemplars(HISTOGRAM.exemplars, point.exemplars, out)
  encodePackedDoubles(HISTOGRAM.bounds, point.bounds, out)
  encodePackedFixed64(HISTOGRAM.counts, point.counts, out)
  if (point.sum !== undefined) out.double(HISTOGRAM.sum, point.sum)
  encodeCount(HISTOGRAM.count, point.count, out)
  encodeTimes(point, out)
}

function encodeExponential(point: ExponentialHistogramPoint, out: ProtoWriter): void {
  if (point.zeroThreshold !== 0) out.double(EXPONENTIAL.zeroThreshold, point.zeroThreshold)
  encodeExtremes(EXPONENTIAL, point, out)
  encodeExemplars(EXPONENTIAL.exemplars, point.exemplars, out)
  encodeFlags(EXPONENTIAL.flags, point, out)
  encodeBuckets(EXPONENTIAL.negative, point.negative, out)
  encodeBuckets(EXPONENTIAL.positive, point.positive, out)
  encodeCount(EXPONENTIAL.zeroCount, point.zeroCount, out)
  encodeSint32(EXPONENTIAL.scale, point.scale, out)
  if (point.sum !== undefined) out.double(EXPONENTIAL.sum, point.sum)
  encodeCount(EXPONENTIAL.count, point.count, out)
  encodeTimes(point, out)
  encodeAttributes(EXPONENTIAL.attributes, point.attributes, out)
}

function encodeSummary(point: SummaryPoint, out: ProtoWriter): void {
  encodeFlags(SUMMARY.flags, point, out)
  encodeAttributes(SUMMARY.attributes, point.attributes, out)
  for (let i = point.quantiles.length - 1; i >= 0; i--) {
    const { quantile, value } = point.quantiles[i] as SummaryQuantile
    const mark = out.mark()
    out.double(QUANTILE.value, value)
    out.double(QUANTILE.quantile, quantile)
    out.message(SUMMARY.quantiles, mark)
  }
  out.double(SUMMARY.sum, point.sum)
  encodeCount(SUMMARY.count, point.count, out)
  encodeTimes(point, out)
}

function encodeFlags(field: number, { flags }: Point, out: ProtoWriter): void {
  if (flags) out.uint(field, flags)
}

function encodeBuckets(field: number, buckets: ExponentialBuckets, out: ProtoWriter): void {
  if (buckets.counts.length === 0) return
  const mark = out.mark()
  encodePackedVarints(BUCKETS.counts, buckets.counts, out)
  encodeSint32(BUCKETS.offset, buckets.offset, out)
  out.message(field, mark)
}

function encodeExtremes(
  fields: { readonly min: number; readonly max: number },
  { min, max }: { readonly min?: number; readonly max?: number },
  out: ProtoWriter,
): void {
  if (max !== undefined) out.double(fields.max, max)
  if (min !== undefined) out.double(fields.min, min)
}

function encodeTimes({ startNs, timeNs }: Point, out: ProtoWriter): void {
  out.fixed64(POINT.time, timeNs)
  if (startNs !== 0n) out.fixed64(POINT.start, startNs)
}

function encodeExemplars(field: number, exemplars: readonly Exemplar[], out: ProtoWriter): void {
  for (let i = exemplars.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeExemplar(exemplars[i] as Exemplar, out)
    out.message(field, mark)
  }
}

function encodeExemplar(exemplar: Exemplar, out: ProtoWriter): void {
  const { timeNs, value, isDouble, traceId, spanId, attributes } = exemplar
  encodeAttributes(EXEMPLAR.attributes, attributes, out)
  if (isDouble) out.double(EXEMPLAR.double, value)
  else encodeNumber(EXEMPLAR, value, out)
  if (traceId) out.bytes(EXEMPLAR.traceId, Buffer.from(traceId, 'hex'))
  if (spanId) out.bytes(EXEMPLAR.spanId, Buffer.from(spanId, 'hex'))
  out.fixed64(EXEMPLAR.time, timeNs)
}
