import { parseArgs } from 'node:util'
import { Subject } from 'rxjs'
import { protocolInference } from '../../processors/protocol_inference/index.ts'
import { clockAt, recordsOf } from '../../processors/protocol_inference/observations_for_tests.ts'
import type { Exchange } from '../../processors/protocol_inference/observations_for_tests.ts'
import { ProtocolInferenceProcessor } from '../../processors/protocol_inference/processor.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { HttpObservations } from '../../src/pdata/http_observations.ts'
import {
  officialBytes,
  type OfficialSpan,
  officialSpan,
} from '../../src/pdata/official_spans_for_tests.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { costOf } from './cost.ts'
import { median, report, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const usage = `usage: npm run bench:encode -- [options]
  From records of the kernel to encoded OTLP, beside OpenTelemetry's own serializer from ready
  objects. Needs no rights and a quiet machine.

  --rounds N        rounds, ours and theirs in turn (9)
  --batches N       batches of 1000 records in ours (300); theirs has a tenth of them
  --connections N   connections that the exchanges are spread over (32)
  --record          append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batches: { type: 'string', default: '300' },
    connections: { type: 'string', default: '32' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const SPANS = 1000
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
class Ours {
  readonly #records = recordsOf(
    Array.from({ length: SPANS }, (_, i) => exchange(i, whole(values.connections))),
  )
  readonly #clock = clockAt()
  readonly #batches = new Subject<Batch>()
  readonly #out = new ProtoWriter()
  readonly #processor = new ProtocolInferenceProcessor(testSettings(protocolInference), {
    max_processes: 64,
    queue_spans: false,
  })
  #traces: Traces | undefined

  constructor() {
    this.#batches.pipe(this.#processor.operator).subscribe((batch) => {
      this.#traces = batch as Traces
      this.#out.reset()
      encodeTraces(this.#traces, this.#out)
    })
  }

  run(): void {
    const { bytes, index } = this.#records
    this.#batches.next(new HttpObservations(bytes, index, SPANS, this.#clock, new Delivery()))
  }

  /** Bytes of the last request. */
  get encoded(): number {
    return this.#out.length
  }

  /** The spans of the last batch as objects of OpenTelemetry's SDK. */
  official(): OfficialSpan[] {
    const { groups } = this.#traces as Traces
    return groups.flatMap(({ resource, scope, spans }) =>
      Array.from({ length: spans.length }, (_, i) => officialSpan(spans.at(i), resource, scope)),
    )
  }
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`expected a whole number above 0, received ${text}`)
  return Number(text)
}

function measure(): Figure[] {
  const batches = whole(values.batches)
  const ours = new Ours()
  ours.run()
  const spans = ours.official()
  const rounds = Array.from({ length: whole(values.rounds) + 1 }, () => ({
    us: costOf(batches, SPANS, () => ours.run()),
    them: costOf(Math.ceil(batches / 10), SPANS, () => void officialBytes(spans)),
  })).slice(1)
  const ns = (key: 'us' | 'them') => rounds.map((round) => round[key].ns)
  const bytes = (key: 'us' | 'them') => rounds.map((round) => round[key].bytes)
  const ratios = rounds.map(({ us, them }) => them.ns / us.ns)
  return [
    {
      what: 'records to OTLP: CPU of a span',
      value: `${spreadText(ns('us'), 0)} ns`,
      goal: '800 ns',
      baseline: `official serializer from ready objects: ${median(ns('them')).toFixed(0)} ns`,
    },
    {
      what: 'records to OTLP: bytes allocated for a span',
      value: spreadText(bytes('us'), 1),
      bar: '100',
      goal: '10',
      baseline: `official serializer: ${median(bytes('them')).toFixed(0)}`,
    },
    {
      what: 'OTLP encoding against the official JavaScript serializer',
      value: `${spreadText(ratios, 1)} ×`,
      bar: '3 ×',
      goal: '10 ×',
    },
    { what: 'bytes of an encoded span', value: (ours.encoded / SPANS).toFixed(0) },
  ]
}

if (values.help) process.stdout.write(usage)
else report('OTLP encoding', measure(), values.record)
