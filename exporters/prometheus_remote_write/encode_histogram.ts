import { encodeSint32 } from '../../src/pdata/otlp_numbers.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { BucketSpan, NativeBuckets, NativeHistogram } from './write_series.ts'

// Field numbers of `Histogram`, which both protocols share:
// https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto
const HISTOGRAM = {
  count: 1,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCount: 6,
  time: 15,
  start: 17,
} as const
const NEGATIVE = { spans: 8, deltas: 9 } as const
const POSITIVE = { spans: 11, deltas: 12 } as const
const SPAN = { offset: 1, length: 2 } as const

/** The bits of the NaN that says that a series has ended, its lower and its upper half. */
const STALE = { low: 2, high: 0x7ff00000 } as const

/** Writes a double, or the marker that there is none any more. */
export function encodeValue(field: number, value: number, stale: boolean, out: ProtoWriter): void {
  if (stale) out.fixed64Halves(field, STALE.low, STALE.high)
  else out.double(field, value)
}

/** Writes the fields of one native histogram; its start is only in version 2. */
export function encodeHistogram(
  histogram: NativeHistogram,
  withStart: boolean,
  out: ProtoWriter,
): void {
  const { stale, timeMs, startMs, count, sum, schema, zeroThreshold, zeroCount } = histogram
  if (withStart && startMs > 0) out.uint(HISTOGRAM.start, startMs)
  out.int64(HISTOGRAM.time, timeMs)
  encodeBuckets(POSITIVE, histogram.positive, out)
  encodeBuckets(NEGATIVE, histogram.negative, out)
  out.uint(HISTOGRAM.zeroCount, zeroCount)
  out.double(HISTOGRAM.zeroThreshold, zeroThreshold)
  encodeSint32(HISTOGRAM.schema, schema, out)
  encodeValue(HISTOGRAM.sum, sum, stale, out)
  out.uint(HISTOGRAM.count, count)
}

function encodeBuckets(
  fields: typeof NEGATIVE | typeof POSITIVE,
  { spans, deltas }: NativeBuckets,
  out: ProtoWriter,
): void {
  if (spans.length === 0) return
  const packed = out.mark()
  for (let i = deltas.length - 1; i >= 0; i--) out.varint(zigzag(deltas[i] as number))
  out.message(fields.deltas, packed)
  for (let i = spans.length - 1; i >= 0; i--) {
    const { offset, length } = spans[i] as BucketSpan
    const mark = out.mark()
    out.uint(SPAN.length, length)
    encodeSint32(SPAN.offset, offset, out)
    out.message(fields.spans, mark)
  }
}

/** Small negative numbers are small on the wire too. Exact up to 2^52 in either direction. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}
