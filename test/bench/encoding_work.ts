import { Subject } from 'rxjs'
import { protocolInference } from '../../processors/protocol_inference/index.ts'
import { clockAt, recordsOf } from '../../processors/protocol_inference/observations_for_tests.ts'
import type { Exchange } from '../../processors/protocol_inference/observations_for_tests.ts'
import { ProtocolInferenceProcessor } from '../../processors/protocol_inference/processor.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import { type OfficialSpan, officialSpan } from '../../src/pdata/official_spans_for_tests.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Traces } from '../../src/pdata/traces.ts'

/** Spans of one batch. */
export const SPANS = 1000
const PROCESSES = 4

/** 190 bytes, as a service sends them to another. */
const HEAD =
  'GET /api/v1/orders/8f14e45f HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: bench/1.0\r\n' +
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
  'Accept: application/json\r\n\r\n'

function exchange(i: number, connections: number): Exchange {
  const connection = i % connections
  const role = connection % 2 === 0 ? 'server' : 'client'
  return {
    role,
    status: i % 50 === 0 ? 503 : 200,
    flags: ['peer_seen'],
    requestNs: 86_400_000_000_000n + BigInt(i) * 10_007n,
    responseBody: BigInt(100 + i),
    requestSeq: i * 190,
    responseSeq: i * 400,
    cookie: BigInt(1000 + connection),
    pid: 4_194_400 + (connection % PROCESSES),
    comm: 'bench',
    remotePort: 40_000 + connection,
    head: HEAD,
  }
}

/** Makes batches of the same records, runs each through the processor and encodes the spans. */
export class Ours {
  /** The records, and where each begins. */
  readonly records: ReturnType<typeof recordsOf>
  readonly #clock = clockAt()
  readonly #batches = new Subject<Batch>()
  readonly #out = new ProtoWriter()
  readonly #processor = new ProtocolInferenceProcessor(testSettings(protocolInference), {
    max_processes: 64,
    queue_spans: false,
  })
  #traces: Traces | undefined

  /** @param connections that the exchanges are spread over */
  constructor(connections: number) {
    this.records = recordsOf(Array.from({ length: SPANS }, (_, i) => exchange(i, connections)))
    this.#batches.pipe(this.#processor.operator).subscribe((batch) => {
      this.#traces = batch as Traces
      this.#out.reset()
      encodeTraces(this.#traces, this.#out)
    })
  }

  /** Encodes records: its own, or those given. */
  run({ bytes, index } = this.records): void {
    this.#batches.next(new HttpObservations(bytes, index, SPANS, this.#clock, new Delivery()))
  }

  /** Bytes of the last request. */
  get encoded(): number {
    return this.#out.length
  }

  /** A copy of the last request. */
  bytes(): Buffer {
    return this.#out.toBytes()
  }

  /** The spans of the last batch as objects of OpenTelemetry's SDK. */
  official(): OfficialSpan[] {
    const { groups } = this.#traces as Traces
    return groups.flatMap(({ resource, scope, spans }) =>
      Array.from({ length: spans.length }, (_, i) => officialSpan(spans.at(i), resource, scope)),
    )
  }
}
