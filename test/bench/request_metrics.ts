import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { Subject } from 'rxjs'
import { requestMetrics } from '../../connectors/request_metrics/index.ts'
import { RequestMetricsConnector } from '../../connectors/request_metrics/connector.ts'
import { requestMetricsConfig } from '../../connectors/request_metrics/config.ts'
import { HttpSpans } from '../../processors/protocol_inference/http_spans.ts'
import { HttpExchangeView } from '../../processors/protocol_inference/http_view.ts'
import { observationsOf } from '../../processors/protocol_inference/observations_for_tests.ts'
import type { Exchange } from '../../processors/protocol_inference/observations_for_tests.ts'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, Delivery } from '../../src/pdata/delivery.ts'
import { encodeTraces } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { type SpanGroup, type SpanList, Traces } from '../../src/pdata/traces.ts'
import { costOf, type Cost } from './cost.ts'
import { median, report, spreadText } from './figures.ts'
import type { Figure } from './figures.ts'

const usage = `usage: npm run bench:request_metrics -- [options]
  From spans that are views over kernel records to series: what one span costs. Needs no rights and
  a quiet machine.

  --rounds N    rounds, all variants in turn (9)
  --batches N   batches of 1000 spans in a round (300); all rounds lie between two flushes
  --record      append the table to test/bench/RESULTS.md
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batches: { type: 'string', default: '300' },
    variant: { type: 'string' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const SPANS = 1000
const SERVICES = 4

/** Paths with an id, as many as there are spans, and some that stay the same. */
function pathOf(i: number): string {
  const paths = [
    `/api/v1/orders/${100_000 + i}`,
    `/api/v1/users/8f14e45f-ceea-467f-9575-${String(i).padStart(12, '0')}/cart`,
    '/api/v1/products',
    `/static/app.${(i * 7919).toString(16)}.js`,
    '/health',
  ]
  return paths[i % paths.length] as string
}

function exchange(i: number, role: Exchange['role']): Exchange {
  const method = i % 7 === 0 ? 'POST' : 'GET'
  return {
    role: role ?? (i % 2 === 0 ? 'server' : 'client'),
    status: i % 50 === 0 ? 503 : 200,
    requestNs: 86_400_000_000_000n + BigInt(i) * 10_007n,
    responseEndNs: 86_400_000_000_000n + BigInt(i) * 10_007n + BigInt((i % 97) * 313_000),
    requestBody: BigInt(i % 7 === 0 ? 500 : 0),
    responseBody: BigInt(100 + i * 37),
    requestSeq: i * 190,
    responseSeq: i * 400,
    head:
      `${method} ${pathOf(i)} HTTP/1.1\r\nHost: shop${i % 3}.example.com\r\nUser-Agent: bench/1.0\r\n` +
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
      'Accept: application/json\r\n\r\n',
  }
}

const scope = { name: 'bench', version: '' }

/** A batch's groups: spans of several services, at one end or at both. */
function groupsOf(role?: Exchange['role']): SpanGroup[] {
  const records = observationsOf(Array.from({ length: SPANS }, (_, i) => exchange(i, role)))
  const view = new HttpExchangeView()
  return Array.from({ length: SERVICES }, (_, service) => {
    const rows = Uint32Array.from({ length: SPANS / SERVICES }, (__, i) => i * SERVICES + service)
    const spans = new HttpSpans(view, records, rows, 0, rows.length)
    return { resource: new Resource({ 'service.name': `shop${service}` }), scope, spans }
  })
}

/** The same without the way to read exchanges in place: attribute by attribute. */
function decoded(groups: SpanGroup[]): SpanGroup[] {
  return groups.map((group) => ({ ...group, spans: decodedList(group.spans) }))
}

function decodedList(list: SpanList): SpanList {
  return {
    length: list.length,
    at: (i) => list.at(i),
    encode: (i, out) => list.encode(i, out),
    name: (i) => list.name(i),
    kind: (i) => list.kind(i),
    status: (i) => list.status(i),
    startMs: (i) => list.startMs(i),
    durationNs: (i) => list.durationNs(i),
    attribute: (i, key) => list.attribute(i, key),
    randomness: (i) => list.randomness(i),
    traceState: (i) => list.traceState(i),
    sampledUpstream: (i) => list.sampledUpstream(i),
    slice: (from, to) => decodedList(list.slice(from, to)),
  }
}

/** A connector that is fed the same spans again and again. */
class Fed {
  readonly #groups: readonly SpanGroup[]
  readonly #batches = new Subject<Batch>()
  readonly #times: number
  points = 0

  constructor(groups: readonly SpanGroup[], options: object = {}) {
    this.#groups = groups
    this.#times = whole(values.batches)
    const config = requestMetricsConfig.parse({ metrics_flush_interval: '1h', ...options })
    const connector = new RequestMetricsConnector(testSettings(requestMetrics), config)
    this.#batches.pipe(connector.operator).subscribe((batch) => {
      this.points = batch.itemCount
      batch.delivery.settle(ACCEPTED)
    })
  }

  cost(): Cost {
    return costOf(this.#times, SPANS, () =>
      this.#batches.next(new Traces(this.#groups, new Delivery())),
    )
  }

  end(): number {
    this.#batches.complete()
    return this.points
  }
}

/** Encodes the same spans again and again. */
class Encoder {
  readonly #traces = new Traces(groupsOf(), new Delivery())
  readonly #out = new ProtoWriter()

  cost(): Cost {
    return costOf(Math.ceil(whole(values.batches) / 3), SPANS, () => {
      this.#out.reset()
      encodeTraces(this.#traces, this.#out)
    })
  }
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`expected a whole number above 0, received ${text}`)
  return Number(text)
}

const variants = {
  'servers and clients': () => new Fed(groupsOf()),
  'servers alone': () => new Fed(groupsOf('server')),
  'clients alone': () => new Fed(groupsOf('client')),
  'without routes': () => new Fed(groupsOf(), { routes: { unmatched: 'unset' } }),
  'durations alone': () =>
    new Fed(groupsOf(), {
      metrics: Object.fromEntries(
        ['server', 'client'].flatMap((side) =>
          ['request', 'response'].map((what) => [
            `http.${side}.${what}.body.size`,
            { enabled: false },
          ]),
        ),
      ),
    }),
  'with active requests': () =>
    new Fed(groupsOf(), {
      metrics: {
        'http.server.active_requests': { enabled: true },
        'http.client.active_requests': { enabled: true },
      },
    }),
  'exponential histograms': () => new Fed(groupsOf(), { histogram: { exponential: {} } }),
  'attribute by attribute': () => new Fed(decoded(groupsOf())),
}

/** What was measured of one variant. */
interface Measured {
  readonly ours: readonly Cost[]
  /** Encoding the same spans to OTLP, in turn with it. */
  readonly encoding: readonly Cost[]
  readonly points: number
}

/** Runs one variant. Each has a process of its own, because V8 fits code to what it has seen. */
function run(variant: keyof typeof variants): Measured {
  const fed = variants[variant]()
  const encoder = new Encoder()
  const rounds = Array.from({ length: whole(values.rounds) + 1 }, () => ({
    ours: fed.cost(),
    encoding: encoder.cost(),
  })).slice(1)
  return {
    ours: rounds.map(({ ours }) => ours),
    encoding: rounds.map(({ encoding }) => encoding),
    points: fed.end(),
  }
}

function measure(): Figure[] {
  return Object.keys(variants).flatMap((variant, n) => {
    const args = ['--rounds', values.rounds, '--batches', values.batches, '--variant', variant]
    const script = [import.meta.filename, ...args]
    const output = execFileSync(process.execPath, script, { encoding: 'utf8' })
    const { ours, encoding, points } = JSON.parse(output) as Measured
    return figuresOf(variant, n === 0, ours, encoding, points)
  })
}

function figuresOf(
  variant: string,
  isMain: boolean,
  ours: readonly Cost[],
  encoding: readonly Cost[],
  points: number,
): Figure[] {
  const ratio = median(ours.map(({ ns }, i) => ns / (encoding[i] as Cost).ns))
  const bytes = median(ours.map((cost) => cost.bytes))
  return [
    {
      what: `spans to metrics, ${variant}: CPU of a span`,
      value: `${spreadText(
        ours.map(({ ns }) => ns),
        0,
      )} ns`,
      ...(isMain && { bar: '1000 ns', goal: '500 ns' }),
      baseline: `${ratio.toFixed(2)} of what encoding it to OTLP takes`,
    },
    {
      what: `spans to metrics, ${variant}: bytes allocated for a span`,
      value: bytes.toFixed(1),
      ...(isMain && { bar: '100', goal: '10' }),
      baseline: `${points} data points`,
    },
  ]
}

if (values.help) process.stdout.write(usage)
else if (values.variant === undefined) report('Request metrics', measure(), values.record)
else {
  process.stdout.write(JSON.stringify(run(values.variant as keyof typeof variants)))
}
