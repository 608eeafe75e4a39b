import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { spanOf, groupOf } from '../../../src/helpers/fixtures.ts'
import { Delivery } from '../../../src/pdata/delivery.ts'
import { encodeTraces } from '../../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../../src/pdata/proto_writer.ts'
import { Traces } from '../../../src/pdata/traces.ts'

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const asIs = (bytes: Buffer): Buffer => bytes

/** A load that knows what was accepted. */
export interface NumberedLoad {
  /** Ends it when all answers are there. Resolves with the names of the spans that were accepted. */
  stop(): Promise<Set<string>>
}

/**
 * Sends spans named `span-0;`, `span-1;` … over OTLP/gRPC at a fixed rate. What is not accepted is
 * not sent again.
 */
export function startNumberedLoad(
  port: number,
  { requestsPerSecond, spansPerRequest }: { requestsPerSecond: number; spansPerRequest: number },
): NumberedLoad {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 200,
  })
  const accepted = new Set<string>()
  const underWay = new Set<Promise<void>>()
  let next = 0
  const sendOne = (): void => {
    const names = Array.from({ length: spansPerRequest }, () => `span-${next++};`)
    const sent = exportSpans(client, names).then((isAccepted) => {
      underWay.delete(sent)
      if (isAccepted) for (const name of names) accepted.add(name)
    })
    underWay.add(sent)
  }
  const timer = setInterval(sendOne, 1_000 / requestsPerSecond)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
      client.close()
      return accepted
    },
  }
}

function exportSpans(client: Client, names: readonly string[]): Promise<boolean> {
  const spans = names.map((name, i) => spanOf(i, { name }))
  const out = new ProtoWriter()
  encodeTraces(new Traces([groupOf(spans)], new Delivery()), out)
  const options = { deadline: Date.now() + 5_000 }
  return new Promise((resolve) => {
    const answered = (error: unknown): void => resolve(error === null)
    client.makeUnaryRequest(PATH, asIs, asIs, out.toBytes(), new Metadata(), options, answered)
  })
}
