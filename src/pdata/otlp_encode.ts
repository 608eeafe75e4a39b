import type { Batch } from './batch.ts'
import { encodeLogs } from './otlp_logs.ts'
import { encodeMetrics } from './otlp_metrics.ts'
import { splitRequest } from './otlp_split.ts'
import { encodeTraces } from './otlp_traces.ts'
import type { ProtoWriter } from './proto_writer.ts'

/** What a request may be at most. */
export interface RequestLimits {
  /** Bytes of the body, before compression. */
  readonly maxBytes: number
  /** Spans, data points or log records; no limit unless given. */
  readonly maxItems?: number
}

/** The body of one export request. */
export interface RequestBytes {
  readonly body: Buffer
  readonly items: number
  /**
   * True when `body` lies in the memory of the writer: copy it before the writer is used again. Other
   * bodies are nobody else's, or are the bytes that the batch was received as; they stay as they are.
   */
  readonly borrowed: boolean
}

/** A batch as requests. */
export interface Requests {
  readonly requests: readonly RequestBytes[]
  /** Items that are larger than `maxBytes` by themselves, and are in no request. */
  readonly tooLarge: number
}

/**
 * The one entry of exporters: a batch of traces, metrics or logs as one request, or as several within
 * the limits. A received batch that fits is its own bytes. No request for a batch without items.
 *
 * @param out is used and reset
 */
export function requestsOf(batch: Batch, limits: RequestLimits, out: ProtoWriter): Requests {
  const { itemCount: items } = batch
  if (items === 0 || batch.kind === 'observations') return { requests: [], tooLarge: 0 }
  const { maxBytes, maxItems = Infinity } = limits
  const body = batch.encoded ?? encoded(batch, out)
  if (body.length <= maxBytes && items <= maxItems) {
    return { requests: [{ body, items, borrowed: !batch.encoded }], tooLarge: 0 }
  }
  return splitRequest(batch.kind, body, { maxBytes, maxItems })
}

function encoded(batch: Batch, out: ProtoWriter): Buffer {
  out.reset()
  encodeBatch(batch, out)
  return out.buffer.subarray(out.pos)
}

/**
 * Writes a batch of traces, metrics or logs as the body of its `Export…ServiceRequest` in front of
 * `out`. Observations have no such form; the graph lets none come to exporters.
 */
export function encodeBatch(batch: Batch, out: ProtoWriter): void {
  switch (batch.kind) {
    case 'traces':
      return batch.encoded ? out.raw(batch.encoded) : encodeTraces(batch, out)
    case 'metrics':
      return batch.encoded ? out.raw(batch.encoded) : encodeMetrics(batch, out)
    case 'logs':
      return batch.encoded ? out.raw(batch.encoded) : encodeLogs(batch, out)
    case 'observations':
      throw new Error('encode observations as OTLP')
  }
}
