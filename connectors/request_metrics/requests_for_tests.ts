import { Subject } from 'rxjs'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { ExponentialHistogramPoint, HistogramPoint, Metrics } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import {
  SPAN_KIND,
  STATUS_CODE,
  type Span,
  type SpanGroup,
  Traces,
} from '../../src/pdata/traces.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { requestMetricsConfig } from './config.ts'
import { RequestMetricsConnector } from './connector.ts'
import { requestMetrics } from './index.ts'

/** When the spans of most tests begin, in nanoseconds since 1970. */
export const START_NS = 1_790_000_000_000_000_000n

/** A request as one of its ends saw it. What is left out is as in a plain one at the server. */
export interface Request {
  readonly client?: boolean
  readonly method?: string
  readonly path?: string
  /** 0: no response came. */
  readonly status?: number
  readonly error?: string
  readonly ms?: number
  /** When it began, in milliseconds since 1970. */
  readonly beganMs?: number
  /** It has not ended: a report after `ms` of the exchange whose span will have `spanId`. */
  readonly open?: boolean
  readonly sent?: number
  readonly received?: number
  /** 16 hex digits. */
  readonly spanId?: string
  /** Added to the attributes. */
  readonly more?: Attributes
}

/** The span of a request. */
export function spanOf(request: Request): Span {
  const {
    client = false,
    method = 'GET',
    path = '/',
    ms = 1,
    spanId = 'b7ad6b7169203331',
    beganMs,
    open = false,
  } = request
  const startNs = beganMs === undefined ? START_NS : BigInt(Math.round(beganMs * 1e6))
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: open ? 'ffffffffffffffff' : spanId,
    parentSpanId: open ? spanId : '',
    traceState: '',
    flags: 1,
    name: method,
    kind: open ? SPAN_KIND.internal : client ? SPAN_KIND.client : SPAN_KIND.server,
    startNs,
    endNs: startNs + BigInt(Math.round(ms * 1e6)),
    attributes: {
      ...attributesOf(request, client, method, path),
      ...(open && { 'waggle.exchange.state': 'open' }),
    },
    events: [],
    status: { code: STATUS_CODE.unset, message: '' },
  }
}

function attributesOf(
  { status = 200, error, sent, received, more }: Request,
  client: boolean,
  method: string,
  path: string,
): Attributes {
  return {
    'http.request.method': method,
    ...(status !== 0 && { 'http.response.status_code': status }),
    ...(error !== undefined && { 'error.type': error }),
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    ...(client ? { 'url.full': `http://shop:8080${path}?q=1` } : { 'url.path': path }),
    'server.address': 'shop',
    'server.port': 8080,
    ...(sent !== undefined && { 'http.request.body.size': sent }),
    ...(received !== undefined && { 'http.response.body.size': received }),
    ...more,
  }
}

/** The resource of most tests. */
export const shop = new Resource({ 'service.name': 'shop' })
/** Another one. */
export const bank = new Resource({ 'service.name': 'bank' })

/** A group of these requests. */
export function groupOf(requests: readonly Request[], resource = shop): SpanGroup {
  const scope = { name: 'test', version: '' }
  return { resource, scope, spans: new SpanArray(requests.map(spanOf)) }
}

/** A batch of these requests, of one resource. */
export function tracesOf(
  requests: readonly Request[],
  resource = shop,
  delivery = new Delivery(),
): Traces {
  return new Traces([groupOf(requests, resource)], delivery)
}

/** A connector that is fed, and what it handed on. */
export class Fed {
  readonly settings: Settings
  readonly batches: Metrics[] = []
  readonly #source = new Subject<Batch>()
  readonly #registry = new MetricRegistry('normal')

  /** @param outcome of each batch that is handed on */
  constructor(
    options: object = {},
    { outcome = ACCEPTED, lines = [] }: { outcome?: Outcome; lines?: string[] } = {},
  ) {
    const settings = testSettings(requestMetrics, { write: (line) => lines.push(line) })
    this.settings = { ...settings, meter: this.#registry.meter() }
    const config = requestMetricsConfig.parse(options)
    const { operator } = new RequestMetricsConnector(this.settings, config)
    this.#source.pipe(operator).subscribe((batch) => {
      this.batches.push(batch as Metrics)
      batch.delivery.settle(outcome)
    })
  }

  /** Hands requests in. */
  take(requests: readonly Request[], resource = shop): void {
    this.#source.next(tracesOf(requests, resource))
  }

  /** Hands a batch in. */
  takeBatch(batch: Traces): void {
    this.#source.next(batch)
  }

  /** What it tells of itself: the value of each metric by its name, and its reason where it has one. */
  get account(): Record<string, number> {
    const { metrics } = this.#registry.collect()
    return Object.fromEntries(
      metrics.flatMap(({ facts, points }) =>
        points.map(({ value, attributes: { reason } }) => [
          reason === undefined ? facts.name : `${facts.name} ${reason}`,
          value,
        ]),
      ),
    )
  }

  /** Ends it; what it hands on is in `batches` then. */
  end(): this {
    this.#source.complete()
    return this
  }
}

type AnyPoint = HistogramPoint | ExponentialHistogramPoint

/** The data points of a metric in a batch, of all resources. */
export function pointsOf(batch: Metrics | undefined, name: string): AnyPoint[] {
  return (batch?.groups ?? []).flatMap(({ metrics }) =>
    metrics.flatMap((metric) =>
      metric.name === name ? (metric.data.points as readonly AnyPoint[]) : [],
    ),
  )
}

/** What is counted of requests, without an end of its own: after a single flush. */
export function measured(
  requests: readonly Request[],
  name: string,
  options: object = {},
): AnyPoint[] {
  const fed = new Fed(options)
  fed.take(requests)
  return pointsOf(fed.end().batches.at(-1), name)
}
