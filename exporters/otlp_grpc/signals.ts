import type { Batch } from '../../src/pdata/batch.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import { splitMetrics } from '../../src/pdata/metrics_split.ts'
import { encodeMetrics } from '../../src/pdata/otlp_metrics.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Traces, type SpanGroup } from '../../src/pdata/traces.ts'

/** How one kind of data is sent. Another kind is one more entry in `SIGNALS`. */
export interface Signal<B extends Batch = Batch> {
  /** The gRPC method. */
  readonly path: string
  /** Writes the body of the method's request. */
  readonly encode: (batch: B, out: ProtoWriter) => void
  /** Two batches of about the same number of items; for a batch of two items or more. */
  readonly halve: (batch: B) => readonly [B, B]
}

const traces: Signal<Traces> = {
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  encode: encodeTraces,
  halve: halveTraces,
}

const metrics: Signal<Metrics> = {
  path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  encode: encodeMetrics,
  halve: (batch) => splitMetrics(batch, batch.itemCount >> 1),
}

/** The kinds of data that can be sent. */
export const SIGNALS = { traces, metrics } as const

/** How the kind of `batch` is sent; the graph lets no other kinds come here. */
export function signalOf(batch: Batch): Signal {
  return SIGNALS[batch.kind as keyof typeof SIGNALS] as unknown as Signal
}

function halveTraces(batch: Traces): readonly [Traces, Traces] {
  const first: SpanGroup[] = []
  const second: SpanGroup[] = []
  let room = batch.itemCount >> 1
  for (const group of batch.groups) {
    const { length } = group.spans
    const cut = Math.min(room, length)
    room -= cut
    if (cut > 0) first.push(part(group, 0, cut))
    if (cut < length) second.push(part(group, cut, length))
  }
  return [new Traces(first, batch.delivery), new Traces(second, batch.delivery)]
}

function part(group: SpanGroup, from: number, to: number): SpanGroup {
  if (from === 0 && to === group.spans.length) return group
  return { ...group, spans: group.spans.slice(from, to) }
}
