import type { Batch } from '../../src/pdata/batch.ts'
import type { Metrics } from '../../src/pdata/metrics.ts'
import { encodeMetrics } from '../../src/pdata/otlp_metrics.ts'
import { metricsToJson } from '../../src/pdata/otlp_metrics_json.ts'
import { encodeTraces, tracesToJson } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Traces } from '../../src/pdata/traces.ts'

/** How one kind of data is written. Another kind is one more entry in `KINDS`. */
interface Written<B extends Batch = Batch> {
  readonly toJson: (batch: B) => object
  readonly encode: (batch: B, out: ProtoWriter) => void
}

const traces: Written<Traces> = { toJson: tracesToJson, encode: encodeTraces }
const metrics: Written<Metrics> = { toJson: metricsToJson, encode: encodeMetrics }

const KINDS = { traces, metrics } as const

/** Makes the bytes of one batch, its separator included. */
export type Serialize = (batch: Batch) => Buffer

/** The serializer of a format. */
export function serializerOf(format: 'json' | 'proto'): Serialize {
  return format === 'json' ? jsonLine : lengthPrefixed()
}

function jsonLine(batch: Batch): Buffer {
  return Buffer.from(`${JSON.stringify(writtenOf(batch).toJson(batch))}\n`)
}

function lengthPrefixed(): Serialize {
  const out = new ProtoWriter()
  return (batch) => {
    out.reset()
    writtenOf(batch).encode(batch, out)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(out.length)
    out.raw(length)
    return out.toBytes()
  }
}

/** The graph lets no other kinds come here. */
function writtenOf(batch: Batch): Written {
  return KINDS[batch.kind as keyof typeof KINDS] as unknown as Written
}
