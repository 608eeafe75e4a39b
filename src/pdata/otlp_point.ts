import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
  Point,
  SummaryPoint,
  SummaryQuantile,
} from './metrics.ts'
import { decodeAttributes } from './otlp_any_value.ts'
import {
  BUCKETS,
  EXEMPLAR,
  EXPONENTIAL,
  HISTOGRAM,
  NUMBER,
  POINT,
  QUANTILE,
  SUMMARY,
} from './otlp_metrics.ts'
import { readPackedDoubles, readPackedFixed64, readPackedVarints } from './otlp_packed.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** What field numbers say where points of different types have the same thing. */
interface CommonFields {
  readonly attributes: number
  readonly flags: number
  readonly exemplars?: number
}

/** Decodes the data point in `bytes` from `from` up to `to`. */
export type DecodePoint<P extends Point> = (bytes: Buffer, from: number, to: number) => P

/** `NumberDataPoint`. */
export const decodeNumberPoint: DecodePoint<NumberPoint> = (bytes, from, to) => {
  const point: Draft<NumberPoint> = { ...commonOf(NUMBER, bytes, from, to), value: 0 }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) {
    if (reader.field === NUMBER.int) takeInt(point, reader.sfixed64())
    else if (reader.field === NUMBER.double) takeDouble(point, reader.double())
  }
  return point
}

function takeInt<T>(into: { value: T; isDouble?: boolean }, value: T): void {
  into.value = value
  delete into.isDouble
}

/** The value itself tells that it is a double, unless it is a whole number. */
function takeDouble(into: { value: number | bigint; isDouble?: boolean }, value: number): void {
  into.value = value
  if (Number.isSafeInteger(value)) into.isDouble = true
}

/** `HistogramDataPoint`. */
export const decodeHistogramPoint: DecodePoint<HistogramPoint> = (bytes, from, to) => {
  const bounds: number[] = []
  const counts: number[] = []
  const common = commonOf(HISTOGRAM, bytes, from, to)
  const point: Draft<HistogramPoint> = { ...common, count: 0, bounds, counts }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) {
    if (reader.field === HISTOGRAM.counts) readPackedFixed64(reader, counts)
    else if (reader.field === HISTOGRAM.bounds) readPackedDoubles(reader, bounds)
    else takeDistribution(reader, HISTOGRAM, point)
  }
  return point
}

/** `ExponentialHistogramDataPoint`. */
export const decodeExponentialPoint: DecodePoint<ExponentialHistogramPoint> = (bytes, from, to) => {
  const point: Draft<ExponentialHistogramPoint> = {
    ...commonOf(EXPONENTIAL, bytes, from, to),
    count: 0,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, counts: [] },
    negative: { offset: 0, counts: [] },
  }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) takeExponential(reader, point)
  return point
}

function takeExponential(reader: ProtoReader, point: Draft<ExponentialHistogramPoint>): void {
  switch (reader.field) {
    case EXPONENTIAL.scale:
      return void (point.scale = reader.sint())
    case EXPONENTIAL.zeroCount:
      return void (point.zeroCount = reader.count())
    case EXPONENTIAL.zeroThreshold:
      return void (point.zeroThreshold = reader.double())
    case EXPONENTIAL.positive:
      return void (point.positive = decodeBuckets(reader, point.positive))
    case EXPONENTIAL.negative:
      return void (point.negative = decodeBuckets(reader, point.negative))
    default:
      return takeDistribution(reader, EXPONENTIAL, point)
  }
}

/** A message that comes twice is that of both, as protobuf has it. */
function decodeBuckets(field: ProtoReader, before: ExponentialBuckets): ExponentialBuckets {
  if (field.wire !== WIRE.bytes) return before
  const counts = [...before.counts]
  let { offset } = before
  const reader = new ProtoReader().over(field.bytes, field.from, field.to)
  while (reader.next()) {
    if (reader.field === BUCKETS.offset) offset = reader.sint()
    else if (reader.field === BUCKETS.counts) readPackedVarints(reader, counts)
  }
  return { offset, counts }
}

function takeDistribution(
  reader: ProtoReader,
  fields: typeof HISTOGRAM | typeof EXPONENTIAL,
  point: { count: number; sum?: number; min?: number; max?: number },
): void {
  const { field } = reader
  if (field === fields.count) point.count = reader.count()
  if (reader.wire !== WIRE.fixed64) return
  if (field === fields.sum) point.sum = reader.double()
  else if (field === fields.min) point.min = reader.double()
  else if (field === fields.max) point.max = reader.double()
}

/** `SummaryDataPoint`. */
export const decodeSummaryPoint: DecodePoint<SummaryPoint> = (bytes, from, to) => {
  const quantiles: SummaryQuantile[] = []
  const common = commonOf(SUMMARY, bytes, from, to)
  const point: Draft<SummaryPoint> = { ...common, count: 0, sum: 0, quantiles }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) {
    if (reader.field === SUMMARY.count) point.count = reader.count()
    else if (reader.field === SUMMARY.sum) point.sum = reader.double()
    else if (reader.field === SUMMARY.quantiles) takeQuantile(reader, quantiles)
  }
  return point
}

function takeQuantile(field: ProtoReader, into: SummaryQuantile[]): void {
  if (field.wire !== WIRE.bytes) return
  const found = { quantile: 0, value: 0 }
  const reader = new ProtoReader().over(field.bytes, field.from, field.to)
  while (reader.next()) {
    if (reader.field === QUANTILE.quantile) found.quantile = reader.double()
    else if (reader.field === QUANTILE.value) found.value = reader.double()
  }
  into.push(found)
}

function commonOf(fields: CommonFields, bytes: Buffer, from: number, to: number): Point {
  const exemplars: Exemplar[] = []
  const attributes = decodeAttributes(bytes, from, to, fields.attributes)
  const point: Draft<Point> = { attributes, startNs: 0n, timeNs: 0n, exemplars }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) {
    const { field } = reader
    if (field === POINT.start) point.startNs = reader.fixed64()
    else if (field === POINT.time) point.timeNs = reader.fixed64()
    else if (field === fields.flags) point.flags = reader.uint()
    else if (field === fields.exemplars) takeExemplar(reader, exemplars)
  }
  return point
}

function takeExemplar(field: ProtoReader, into: Exemplar[]): void {
  if (field.wire !== WIRE.bytes) return
  const { bytes, from, to } = field
  const attributes = decodeAttributes(bytes, from, to, EXEMPLAR.attributes)
  const exemplar: Draft<Exemplar> = { timeNs: 0n, value: 0, traceId: '', spanId: '', attributes }
  const reader = new ProtoReader().over(bytes, from, to)
  while (reader.next()) {
    if (reader.field === EXEMPLAR.time) exemplar.timeNs = reader.fixed64()
    else if (reader.field === EXEMPLAR.int) takeInt(exemplar, Number(reader.sfixed64()))
    else if (reader.field === EXEMPLAR.double) takeDouble(exemplar, reader.double())
    else if (reader.field === EXEMPLAR.traceId) exemplar.traceId = reader.hex()
    else if (reader.field === EXEMPLAR.spanId) exemplar.spanId = reader.hex()
  }
  into.push(exemplar)
}
