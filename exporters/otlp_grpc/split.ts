import type { BufferPool } from '../../src/helpers/buffer_pool.ts'
import type { EncodedRequest } from '../../src/helpers/send_result.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Signal } from './signals.ts'

/** A batch as requests. */
export interface SplitBatch {
  readonly requests: EncodedRequest[]
  /** Items that are too large by themselves. */
  tooLarge: number
}

/** Encodes a batch as one request, or as several of at most `maxBytes` each. */
export function splitBatch(
  signal: Signal,
  batch: Batch,
  maxBytes: number,
  out: ProtoWriter,
  pool: BufferPool,
  into: SplitBatch = { requests: [], tooLarge: 0 },
): SplitBatch {
  if (batch.itemCount === 0) return into
  out.reset()
  signal.encode(batch, out)
  if (out.length <= maxBytes) {
    into.requests.push(requestOf(out, pool, batch.itemCount))
    return into
  }
  if (batch.itemCount === 1) {
    into.tooLarge++
    return into
  }
  for (const half of signal.halve(batch)) splitBatch(signal, half, maxBytes, out, pool, into)
  return into
}

function requestOf(out: ProtoWriter, pool: BufferPool, items: number): EncodedRequest {
  const buffer = pool.take(out.length)
  const body = buffer.subarray(0, out.length)
  out.copyTo(body)
  return { body, items, release: () => pool.giveBack(buffer) }
}
