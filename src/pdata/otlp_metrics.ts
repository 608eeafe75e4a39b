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
import { encodeAttributes } from './otlp_attributes.ts'
import { encodeGroup, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
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
const METRIC = { name: 1, description: 2, unit: 3 } as const
const METRIC_DATA = { gauge: 5, sum: 7, histogram: 9, exponential_histogram: 10 } as const
const DATA = { points: 1, temporality: 2, monotonic: 3 } as const
const START = 2
const TIME = 3
const NUMBER = { double: 4, exemplars: 5, int: 6, attributes: 7 } as const
const HISTOGRAM = {
  count: 4,
  sum: 5,
  counts: 6,
  bounds: 7,
  exemplars: 8,
  attributes: 9,
  min: 11,
  max: 12,
} as const
const EXPONENTIAL = {
  attributes: 1,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  negative: 9,
  exemplars: 11,
  min: 12,
  max: 13,
  zeroThreshold: 14,
} as const
const BUCKETS = { offset: 1, counts: 2 } as const
const EXEMPLAR = { time: 2, double: 3, spanId: 4, traceId: 5, int: 6, attributes: 7 } as const

/**
 * Writes a batch as the body of an OTLP `ExportMetricsServiceRequest`. A metric without data points
 * says nothing and is left out.
 */
export function encodeMetrics(batch: Metrics, out: ProtoWriter): void {
  for (let i = batch.groups.length - 1; i >= 0; i--) {
    encodeGroup(batch.groups[i] as MetricGroup, encodeGroupMetrics, out)
  }
}

function encodeGroupMetrics({ metrics }: MetricGroup, out: ProtoWriter): void {
  for (let i = metrics.length - 1; i >= 0; i--) {
    const metric = metrics[i] as Metric
    if (metric.data.points.length === 0) continue
    const mark = out.mark()
    encodeMetric(metric, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
}

function encodeMetric({ name, description, unit, data }: Metric, out: ProtoWriter): void {
  const mark = out.mark()
  encodeData(data, out)
  out.message(METRIC_DATA[data.type], mark)
  if (unit) out.string(METRIC.unit, unit)
  if (description) out.string(METRIC.description, description)
  out.string(METRIC.name, name)
}

function encodeData(data: MetricData, out: ProtoWriter): void {
  if (data.type === 'sum' && data.monotonic) out.uint(DATA.monotonic, 1)
  if (data.type !== 'gauge') out.uint(DATA.temporality, data.temporality)
  switch (data.type) {
    case 'gauge':
    case 'sum':
      return encodePoints(data.points, encodeNumberPoint, out)
    case 'histogram':
      return encodePoints(data.points, encodeHistogram, out)
    case 'exponential_histogram':
      return encodePoints(data.points, encodeExponential, out)
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
  encodeAttributes(NUMBER.attributes, point.attributes, out)
  encodeExemplars(NUMBER.exemplars, point.exemplars, out)
  encodeNumber(NUMBER, point.value, out)
  encodeTimes(point, out)
}

function encodeHistogram(point: HistogramPoint, out: ProtoWriter): void {
  encodeExtremes(HISTOGRAM, point, out)
  encodeAttributes(HISTOGRAM.attributes, point.attributes, out)
  encodeExemplars(HISTOGRAM.exemplars, point.exemplars, out)
  encodePackedDoubles(HISTOGRAM.bounds, point.bounds, out)
  encodePackedFixed64(HISTOGRAM.counts, point.counts, out)
  out.double(HISTOGRAM.sum, point.sum)
  encodeCount(HISTOGRAM.count, point.count, out)
  encodeTimes(point, out)
}

function encodeExponential(point: ExponentialHistogramPoint, out: ProtoWriter): void {
  if (point.zeroThreshold !== 0) out.double(EXPONENTIAL.zeroThreshold, point.zeroThreshold)
  encodeExtremes(EXPONENTIAL, point, out)
  encodeExemplars(EXPONENTIAL.exemplars, point.exemplars, out)
  encodeBuckets(EXPONENTIAL.negative, point.negative, out)
  encodeBuckets(EXPONENTIAL.positive, point.positive, out)
  encodeCount(EXPONENTIAL.zeroCount, point.zeroCount, out)
  encodeSint32(EXPONENTIAL.scale, point.scale, out)
  out.double(EXPONENTIAL.sum, point.sum)
  encodeCount(EXPONENTIAL.count, point.count, out)
  encodeTimes(point, out)
  encodeAttributes(EXPONENTIAL.attributes, point.attributes, out)
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
  out.fixed64(TIME, timeNs)
  if (startNs !== 0n) out.fixed64(START, startNs)
}

function encodeExemplars(field: number, exemplars: readonly Exemplar[], out: ProtoWriter): void {
  for (let i = exemplars.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeExemplar(exemplars[i] as Exemplar, out)
    out.message(field, mark)
  }
}

function encodeExemplar(exemplar: Exemplar, out: ProtoWriter): void {
  const { timeNs, value, traceId, spanId, attributes } = exemplar
  encodeAttributes(EXEMPLAR.attributes, attributes, out)
  encodeNumber(EXEMPLAR, value, out)
  if (traceId) out.bytes(EXEMPLAR.traceId, Buffer.from(traceId, 'hex'))
  if (spanId) out.bytes(EXEMPLAR.spanId, Buffer.from(spanId, 'hex'))
  out.fixed64(EXEMPLAR.time, timeNs)
}
