import type { Batch } from '../../src/pdata/batch.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { encodeBatch } from '../../src/pdata/otlp_encode.ts'
import { batchToJson } from '../../src/pdata/otlp_to_json.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'

/** Makes the bytes of one batch, its separator included. */
export type Serialize = (batch: Batch) => Buffer

/** The serializer of a format. */
export function serializerOf(format: 'json' | 'proto'): Serialize {
  return format === 'json' ? jsonLine : lengthPrefixed()
}

/** The graph lets no batches come here that have no form in OTLP. */
function jsonLine(batch: Batch): Buffer {
  return Buffer.from(`${JSON.stringify(batchToJson(batch as OtlpBatch))}\n`)
}

function lengthPrefixed(): Serialize {
  const out = new ProtoWriter()
  return (batch) => {
    out.reset()
    encodeBatch(batch, out)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(out.length)
    out.raw(length)
    return out.toBytes()
  }
}
