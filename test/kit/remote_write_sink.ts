import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import protobuf from 'protobufjs'
import { atEnd } from './cleanup.ts'
import { snappyUncompress } from './snappy.ts'

/** The messages of both versions of Remote Write, as far as tests read them. */
const SCHEMA = `
syntax = "proto3";
message Span { sint32 offset = 1; uint32 length = 2; }
message Histogram {
  uint64 count_int = 1; double sum = 3; sint32 schema = 4; double zero_threshold = 5;
  uint64 zero_count_int = 6; repeated Span negative_spans = 8; repeated sint64 negative_deltas = 9;
  repeated Span positive_spans = 11; repeated sint64 positive_deltas = 12;
  int64 timestamp = 15; int64 start_timestamp = 17;
}
message Sample { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
message Label { string name = 1; string value = 2; }
message Exemplar1 { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
message Series1 {
  repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar1 exemplars = 3;
  repeated Histogram histograms = 4;
}
message Metadata1 { uint32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message Request1 { repeated Series1 timeseries = 1; repeated Metadata1 metadata = 3; }
message Exemplar2 { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
message Metadata2 { uint32 type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
message Series2 {
  repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
  repeated Exemplar2 exemplars = 4; Metadata2 metadata = 5; int64 created_timestamp = 6;
}
message Request2 { repeated string symbols = 4; repeated Series2 timeseries = 5; }
`
const { root } = protobuf.parse(SCHEMA, { keepCase: true })

/** A value of a series. */
export interface SeenSample {
  value: number
  timestamp: number
  start_timestamp?: number
}

/** One series as it came in, whichever the version was. */
export interface SeenSeries {
  /** `up{job="a"}`. */
  name: string
  samples: SeenSample[]
  histograms: Record<string, unknown>[]
  exemplars: { labels: string; value: number; timestamp: number }[]
  metadata?: { type: number; help: string; unit: string }
}

/** One request as it came in. */
export interface SeenWrite {
  headers: IncomingHttpHeaders
  bytes: number
  series: SeenSeries[]
  metadata: Record<string, unknown>[]
  /** The series of the version 2 message have their texts by reference to these. */
  symbols: string[]
}

/** How the sink answers one request: a status with headers and a text, or nothing. */
export type WriteAnswer =
  | { status: number; headers?: Record<string, string>; text?: string }
  | { raw: string }

/** A destination of Remote Write that a test looks into. */
export interface RemoteWriteSink {
  url: string
  received: SeenWrite[]
  /** The series of all requests. */
  series: () => SeenSeries[]
}

/** Starts a sink that answers with `answers` in turn, and 204 from then on. It ends with the test. */
export async function startRemoteWriteSink(answers: WriteAnswer[] = []): Promise<RemoteWriteSink> {
  const received: SeenWrite[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(readWrite(request.headers, Buffer.concat(chunks)))
      answer(response, answers.shift() ?? { status: 204 })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd('remote write sink', () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const series = (): SeenSeries[] => received.flatMap((one) => one.series)
  return { url: `http://127.0.0.1:${port}/api/v1/write`, received, series }
}

function answer(response: ServerResponse, with_: WriteAnswer): void {
  if ('raw' in with_) return void response.socket?.end(with_.raw)
  const { status, headers = {}, text = '' } = with_
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text)
}

function readWrite(headers: IncomingHttpHeaders, body: Buffer): SeenWrite {
  const bytes = snappyUncompress(body)
  const isV2 = headers['content-type']?.includes('v2') === true
  const type = root.lookupType(isV2 ? 'Request2' : 'Request1')
  const plain = type.toObject(type.decode(bytes), { longs: Number, defaults: true }) as Raw
  const symbols = plain.symbols ?? []
  return {
    headers,
    bytes: bytes.length,
    symbols,
    metadata: plain.metadata ?? [],
    series: plain.timeseries.map((one) => ({
      name: nameOf(pairsOf(one, symbols)),
      samples: one.samples.map(withoutNoStart),
      histograms: one.histograms.map(withoutNoStart),
      exemplars: one.exemplars.map((exemplar) => ({
        labels: textOf(pairsOf(exemplar, symbols)),
        value: exemplar.value,
        timestamp: exemplar.timestamp,
      })),
      ...(one.metadata && { metadata: metadataOf(one.metadata, symbols) }),
    })),
  }
}

/** A start that is not known is not there. */
function withoutNoStart<T extends { start_timestamp?: unknown }>(one: T): T {
  const { start_timestamp, ...rest } = one
  return start_timestamp === 0 ? (rest as T) : one
}

interface Labelled {
  labels?: { name: string; value: string }[]
  labels_refs?: number[]
}

interface Raw {
  symbols?: string[]
  metadata?: Record<string, unknown>[]
  timeseries: (Labelled & {
    samples: SeenSample[]
    histograms: Record<string, unknown>[]
    exemplars: (Labelled & { value: number; timestamp: number })[]
    metadata?: { type: number; help_ref: number; unit_ref: number }
  })[]
}

function metadataOf(
  { type, help_ref, unit_ref }: { type: number; help_ref: number; unit_ref: number },
  symbols: string[],
) {
  return { type, help: symbols[help_ref] ?? '?', unit: symbols[unit_ref] ?? '?' }
}

function pairsOf({ labels = [], labels_refs = [] }: Labelled, symbols: string[]) {
  const texts = labels_refs.map((place) => symbols[place] ?? '?')
  const referred = texts.flatMap((name, i) => (i % 2 ? [] : [[name, texts[i + 1] ?? '?'] as const]))
  return [...labels.map(({ name, value }) => [name, value] as const), ...referred]
}

function textOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${name}="${value}"`).join(',')
}

function nameOf(pairs: readonly (readonly [string, string])[]): string {
  const name = pairs.find(([key]) => key === '__name__')?.[1] ?? ''
  const rest = pairs.filter(([key]) => key !== '__name__')
  return rest.length === 0 ? name : `${name}{${textOf(rest)}}`
}
