import { Subject } from 'rxjs'
import type { Connector, Factory } from '../component/component.ts'
import { testSettings } from '../component/lifecycle_test.ts'
import type { Settings } from '../component/settings.ts'
import type { Attributes } from '../pdata/attributes.ts'
import type { Batch } from '../pdata/batch.ts'
import { ACCEPTED, Delivery, type Outcome } from '../pdata/delivery.ts'
import type { MetricData, Metrics } from '../pdata/metrics.ts'
import { encodeTraces } from '../pdata/otlp_traces.ts'
import { readRequest } from '../pdata/otlp_request.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import { Resource, type Scope } from '../pdata/resource.ts'
import { SpanArray } from '../pdata/span_array.ts'
import { type Span, SPAN_KIND, STATUS_CODE, Traces } from '../pdata/traces.ts'
import { MetricRegistry } from '../telemetry/metric_registry.ts'

/** When spans begin in most tests, in nanoseconds since 1970. */
export const START_NS = 1_790_000_000_000_000_000n

/** A span: what is left out is as in a plain one. `ms` may be negative. */
export type SpanLike = Partial<Span> & { readonly ms?: number }

/** The span. */
export function spanLike({ ms = 1, ...given }: SpanLike = {}): Span {
  const startNs = given.startNs ?? START_NS
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    traceState: '',
    flags: 1,
    name: 'GET',
    kind: SPAN_KIND.server,
    startNs,
    endNs: startNs + BigInt(Math.round(ms * 1e6)),
    attributes: {},
    events: [],
    status: { code: STATUS_CODE.unset, message: '' },
    ...given,
  }
}

/** Spans of a resource, as a component would make them. */
export function tracesLike(
  spans: readonly SpanLike[],
  resource: Resource | string = 'shop',
  scope: Scope = { name: 'test', version: '' },
): Traces {
  const of = typeof resource === 'string' ? new Resource({ 'service.name': resource }) : resource
  const group = { resource: of, scope, spans: new SpanArray(spans.map(spanLike)) }
  return new Traces([group], new Delivery())
}

/** The same as it comes from a sender: as bytes. */
export function asReceived(batch: Traces): Traces {
  const out = new ProtoWriter()
  encodeTraces(batch, out)
  return readRequest('traces', out.toBytes(), batch.delivery)
}

/** A data point of any kind. */
export type AnyPoint = MetricData['points'][number]

/** A connector that is fed spans, and what it handed on. */
export class FedConnector {
  readonly settings: Settings
  readonly batches: Metrics[] = []
  readonly lines: string[] = []
  readonly #source = new Subject<Batch>()
  #told: Record<string, number> | undefined
  readonly #registry = new MetricRegistry('normal')

  /** @param outcome of each batch that is handed on */
  constructor(
    factory: Factory,
    make: (settings: Settings) => Connector,
    outcome: Outcome = ACCEPTED,
  ) {
    const settings = testSettings(factory, { write: (line) => this.lines.push(line) })
    this.settings = { ...settings, meter: this.#registry.meter() }
    this.#source.pipe(make(this.settings).operator).subscribe((batch) => {
      this.batches.push(batch as Metrics)
      batch.delivery.settle(outcome)
    })
  }

  /** Hands spans in, as bytes. */
  take(spans: readonly SpanLike[], resource: Resource | string = 'shop', scope?: Scope): this {
    return this.takeBatch(asReceived(tracesLike(spans, resource, scope)))
  }

  /** Hands a batch in. */
  takeBatch(batch: Traces): this {
    this.#source.next(batch)
    return this
  }

  /** Ends it; what it hands on is in `batches` then. */
  end(): this {
    this.#told = this.account
    this.#source.complete()
    return this
  }

  /** Ends it with an error. */
  fail(): this {
    this.#source.error(new Error('broken'))
    return this
  }

  /** What it tells of itself, or told when it ended: the value of each metric by its name and attributes. */
  get account(): Record<string, number> {
    if (this.#told) return this.#told
    const { metrics } = this.#registry.collect()
    return Object.fromEntries(
      metrics.flatMap(({ facts, points }) =>
        points.map(({ value, attributes }) => [
          [facts.name, ...Object.values(attributes)].join(' '),
          value,
        ]),
      ),
    )
  }

  /** The data points of a metric in the last batch, or in another. */
  points(name: string, batch = this.batches.at(-1)): AnyPoint[] {
    return (batch?.groups ?? []).flatMap(({ metrics }) =>
      metrics.flatMap((metric) =>
        metric.name === name ? (metric.data.points as readonly AnyPoint[]) : [],
      ),
    )
  }

  /** Attributes and value or count of each data point of a metric in the last batch. */
  values(name: string, batch = this.batches.at(-1)): [Attributes, number | bigint][] {
    return this.points(name, batch).map((point) => [
      point.attributes,
      'value' in point ? point.value : point.count,
    ])
  }
}
