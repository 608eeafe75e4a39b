import type { LabelPairs } from '../../src/helpers/prometheus_labels.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { encodeHistogram, encodeValue } from './encode_histogram.ts'
import type { Metadata, WriteExemplar, WriteSample, WriteSeries } from './write_series.ts'

// Field numbers: https://github.com/prometheus/prometheus/blob/main/prompb/types.proto
const REQUEST = { series: 1, metadata: 3 } as const
const SERIES = { labels: 1, samples: 2, exemplars: 3, histograms: 4 } as const
const LABEL = { name: 1, value: 2 } as const
const SAMPLE = { value: 1, time: 2 } as const
const EXEMPLAR = { labels: 1, value: 2, time: 3 } as const
const METADATA = { type: 1, family: 2, help: 4, unit: 5 } as const

/** Writes series and metadata as a `prometheus.WriteRequest`, the message of Remote Write 1.0. */
export function encodeV1(
  series: readonly WriteSeries[],
  metadata: readonly Metadata[],
  out: ProtoWriter,
): void {
  for (let i = metadata.length - 1; i >= 0; i--) encodeMetadata(metadata[i] as Metadata, out)
  for (let i = series.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeSeries(series[i] as WriteSeries, out)
    out.message(REQUEST.series, mark)
  }
}

function encodeSeries(
  { labels, samples, histograms, exemplars }: WriteSeries,
  out: ProtoWriter,
): void {
  for (let i = histograms.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeHistogram(histograms[i] as (typeof histograms)[number], false, out)
    out.message(SERIES.histograms, mark)
  }
  for (let i = exemplars.length - 1; i >= 0; i--) {
    const { labels: own, value, timeMs } = exemplars[i] as WriteExemplar
    const mark = out.mark()
    out.int64(EXEMPLAR.time, timeMs)
    out.double(EXEMPLAR.value, value)
    encodeLabels(EXEMPLAR.labels, own, out)
    out.message(SERIES.exemplars, mark)
  }
  for (let i = samples.length - 1; i >= 0; i--) {
    const { value, stale, timeMs } = samples[i] as WriteSample
    const mark = out.mark()
    out.int64(SAMPLE.time, timeMs)
    encodeValue(SAMPLE.value, value, stale, out)
    out.message(SERIES.samples, mark)
  }
  encodeLabels(SERIES.labels, labels, out)
}

function encodeLabels(field: number, pairs: LabelPairs, out: ProtoWriter): void {
  for (let i = pairs.length - 2; i >= 0; i -= 2) {
    const mark = out.mark()
    out.string(LABEL.value, pairs[i + 1] as string)
    out.string(LABEL.name, pairs[i] as string)
    out.message(field, mark)
  }
}

function encodeMetadata({ type, family, help, unit }: Metadata, out: ProtoWriter): void {
  const mark = out.mark()
  if (unit) out.string(METADATA.unit, unit)
  if (help) out.string(METADATA.help, help)
  out.string(METADATA.family, family)
  out.uint(METADATA.type, type)
  out.message(REQUEST.metadata, mark)
}
