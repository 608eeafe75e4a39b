import { FedConnector, spanLike, type SpanLike } from '../../src/helpers/fed_for_tests.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { HistogramPoint } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { SPAN_KIND, STATUS_CODE, Traces } from '../../src/pdata/traces.ts'
import { serviceGraphConfig } from './config.ts'
import { ServiceGraphConnector } from './connector.ts'
import { serviceGraph } from './index.ts'

export const TOTAL = 'traces_service_graph_request_total'
export const FAILED = 'traces_service_graph_request_failed_total'
export const SERVER = 'traces_service_graph_request_server'
export const CLIENT = 'traces_service_graph_request_client'

/** The connector with these options, with nothing random. */
export function fed(options: object = {}): FedConnector {
  const config = serviceGraphConfig.parse(options)
  return new FedConnector(
    serviceGraph,
    (settings) => new ServiceGraphConnector(settings, config, undefined, () => 0),
  )
}

/** Number `n` as a span's id. */
export function idOf(n: number): string {
  return n.toString(16).padStart(16, '0')
}

const trace = (n: number): string => n.toString(16).padStart(32, 'a')

/** The client's span of request `n`. */
export function clientOf(n: number, more: SpanLike = {}): SpanLike {
  return { traceId: trace(n), spanId: idOf(2 * n), kind: SPAN_KIND.client, ...more }
}

/** The server's span of request `n`. */
export function serverOf(n: number, more: SpanLike = {}): SpanLike {
  const [spanId, parentSpanId] = [idOf(2 * n + 1), idOf(2 * n)]
  return { traceId: trace(n), spanId, parentSpanId, kind: SPAN_KIND.server, ...more }
}

export const failed: SpanLike = { status: { code: STATUS_CODE.error, message: '' } }

/** A batch of spans of several services. */
export function batchOf(services: Readonly<Record<string, readonly SpanLike[]>>): Traces {
  const groups = Object.entries(services).map(([name, spans]) => ({
    resource: new Resource({ 'service.name': name }),
    scope: { name: 'test', version: '' },
    spans: new SpanArray(spans.map(spanLike)),
  }))
  return new Traces(groups, new Delivery())
}

/** `client > server type: count`, of each data point of a metric; what failed has an exclamation mark. */
export function edges(all: FedConnector, name = TOTAL, batch = all.batches.at(-1)): string[] {
  return all.points(name, batch).map((point) => {
    const { client, server, connection_type, failed: failure } = point.attributes
    const [from, to, type] = [client, server, connection_type].map((value) => value as string)
    const value = 'value' in point ? point.value : (point as HistogramPoint).count
    return `${from} > ${to}${type === '' ? '' : ` ${type}`}${failure === true ? '!' : ''}: ${value}`
  })
}
