import type { LabelPairs } from '../../src/helpers/prometheus_labels.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { encodeHistogram, encodeValue } from './encode_histogram.ts'
import type { Metadata, WriteExemplar, WriteSample, WriteSeries } from './write_series.ts'

// Field numbers: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#protobuf-message and
// https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto
const REQUEST = { symbols: 4, series: 5 } as const
/** `created` is what receivers before the release candidate 5 of the protocol read. */
const SERIES = {
  labels: 1,
  samples: 2,
  histograms: 3,
  exemplars: 4,
  metadata: 5,
  created: 6,
} as const
const SAMPLE = { value: 1, time: 2, start: 3 } as const
const EXEMPLAR = { labels: 1, value: 2, time: 3 } as const
const METADATA = { type: 1, help: 3, unit: 4 } as const

/** Texts by their places in the list of a request, which begins with the empty one. */
class Symbols {
  readonly #places = new Map<string, number>([['', 0]])

  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#places.size
    this.#places.set(text, place)
    return place
  }

  encode(out: ProtoWriter): void {
    const texts = [...this.#places.keys()]
    for (let i = texts.length - 1; i >= 0; i--) out.string(REQUEST.symbols, texts[i] as string)
  }
}

/** Writes series as an `io.prometheus.write.v2.Request`, the message of Remote Write 2.0. */
export function encodeV2(series: readonly WriteSeries[], out: ProtoWriter): void {
  const symbols = new Symbols()
  for (let i = series.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeSeries(series[i] as WriteSeries, symbols, out)
    out.message(REQUEST.series, mark)
  }
  symbols.encode(out)
}

function encodeSeries(series: WriteSeries, symbols: Symbols, out: ProtoWriter): void {
  const { labels, samples, histograms, exemplars, metadata } = series
  const start = samples[0]?.startMs ?? histograms[0]?.startMs ?? 0
  if (start > 0) out.uint(SERIES.created, start)
  encodeMetadata(metadata, symbols, out)
  for (let i = exemplars.length - 1; i >= 0; i--) {
    encodeExemplar(exemplars[i] as WriteExemplar, symbols, out)
  }
  for (let i = histograms.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeHistogram(histograms[i] as (typeof histograms)[number], true, out)
    out.message(SERIES.histograms, mark)
  }
  for (let i = samples.length - 1; i >= 0; i--) encodeSample(samples[i] as WriteSample, out)
  encodeLabels(SERIES.labels, labels, symbols, out)
}

function encodeSample({ value, stale, timeMs, startMs }: WriteSample, out: ProtoWriter): void {
  const mark = out.mark()
  if (startMs > 0) out.uint(SAMPLE.start, startMs)
  out.int64(SAMPLE.time, timeMs)
  encodeValue(SAMPLE.value, value, stale, out)
  out.message(SERIES.samples, mark)
}

function encodeExemplar(
  { labels, value, timeMs }: WriteExemplar,
  symbols: Symbols,
  out: ProtoWriter,
): void {
  const mark = out.mark()
  out.int64(EXEMPLAR.time, timeMs)
  out.double(EXEMPLAR.value, value)
  encodeLabels(EXEMPLAR.labels, labels, symbols, out)
  out.message(SERIES.exemplars, mark)
}

function encodeMetadata({ type, help, unit }: Metadata, symbols: Symbols, out: ProtoWriter): void {
  const mark = out.mark()
  if (unit) out.uint(METADATA.unit, symbols.placeOf(unit))
  if (help) out.uint(METADATA.help, symbols.placeOf(help))
  out.uint(METADATA.type, type)
  out.message(SERIES.metadata, mark)
}

function encodeLabels(field: number, pairs: LabelPairs, symbols: Symbols, out: ProtoWriter): void {
  if (pairs.length === 0) return
  const mark = out.mark()
  for (let i = pairs.length - 1; i >= 0; i--) out.varint(symbols.placeOf(pairs[i] as string))
  out.message(field, mark)
}
