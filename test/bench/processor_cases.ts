import type { Runner } from '../interop/runners.ts'

/** What is measured in the same pipeline by both. */
export interface Case {
  readonly name: string
  /** The component that has to be there. */
  readonly type?: string
  /** True where the real Collector that we build lacks it: its module cannot be had. */
  readonly isOursAlone?: boolean
  readonly processors?: string
  readonly connectors?: string
}

const FILTER = `
  filter:
    error_mode: ignore
    traces:
      span:
        - 'attributes["url.path"] == "/healthz"'
        - 'IsMatch(name, "^GET /(metrics|ready)$")'
        - 'kind == SPAN_KIND_INTERNAL and attributes["http.response.status_code"] < 400'`

const ATTRIBUTES = `
  attributes:
    actions:
      - { key: deployment.environment.name, value: bench, action: insert }
      - { key: url.scheme, value: https, action: update }
      - { key: http.request.id, from_attribute: url.path, action: upsert }
      - { key: user_agent.original, action: delete }`

const TRANSFORM = `
  transform:
    error_mode: ignore
    trace_statements:
      - context: span
        statements:
          - set(span.attributes["deployment.environment.name"], "bench")
          - set(span.name, Concat([span.attributes["http.request.method"], span.attributes["http.route"]], " ")) where span.kind == SPAN_KIND_SERVER
          - delete_key(span.attributes, "user_agent.original")
          - replace_pattern(span.attributes["url.path"], "/[0-9]+", "/{id}")
          - set(span.status.code, STATUS_CODE_ERROR) where span.attributes["http.response.status_code"] >= 500`

const REDACTION = `
  redaction:
    allow_all_keys: true
    blocked_values:
      - '4[0-9]{12}(?:[0-9]{3})?'
      - '(5[1-5][0-9]{14})'
      - '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}'`

const SPAN_METRICS = `
  span_metrics:
    dimensions: [{ name: http.request.method }, { name: http.response.status_code }]
    metrics_flush_interval: 5s`

const SERVICE_GRAPH = `
  service_graph:
    metrics_flush_interval: 5s
    store: { ttl: 2s, max_items: 100000 }`

const TAIL_SAMPLING = `
  tail_sampling:
    decision_wait: 1s
    num_traces: 100000
    policies:
      - { name: failed, type: status_code, status_code: { status_codes: [ERROR] } }
      - { name: slow, type: latency, latency: { threshold_ms: 5000 } }
      - { name: some, type: probabilistic, probabilistic: { sampling_percentage: 10 } }`

/** The first is what the others are compared with: nothing between receiver and exporter. */
export const CASES: readonly Case[] = [
  { name: 'passed through' },
  { name: 'filter', type: 'filter', processors: FILTER },
  { name: 'attributes', type: 'attributes', processors: ATTRIBUTES },
  { name: 'transform', type: 'transform', processors: TRANSFORM },
  { name: 'redaction', type: 'redaction', processors: REDACTION },
  { name: 'span_metrics', type: 'span_metrics', connectors: SPAN_METRICS },
  { name: 'service_graph', type: 'service_graph', connectors: SERVICE_GRAPH, isOursAlone: true },
  { name: 'tail_sampling', type: 'tail_sampling', processors: TAIL_SAMPLING },
]

/** What is held in memory. */
export interface Held {
  readonly what: string
  readonly type: string
  readonly measured: Case
  /** Of the load. */
  readonly spans: number
  readonly customers: number
}

const SERIES = 100_000
const TRACES = 50_000
const SPANS_OF_TRACE = 8

/** Memory with so much held. */
export const HELD: readonly Held[] = [
  {
    what: `span_metrics, ${SERIES / 1000} k series`,
    type: 'span_metrics',
    measured: {
      name: 'span_metrics',
      connectors: `
  span_metrics:
    dimensions: [{ name: shop.customer }]
    aggregation_cardinality_limit: ${4 * SERIES}
    metrics_flush_interval: 15s`,
    },
    spans: SERIES,
    customers: SERIES,
  },
  {
    what: `tail_sampling, ${TRACES / 1000} k traces of ${SPANS_OF_TRACE} spans`,
    type: 'tail_sampling',
    measured: {
      name: 'tail_sampling',
      processors: `
  tail_sampling:
    decision_wait: 120s
    num_traces: ${2 * TRACES}
    policies: [{ name: all, type: always_sample }]`,
    },
    spans: TRACES * SPANS_OF_TRACE,
    customers: 1,
  },
]

/** The same configuration for both: OTLP over gRPC in and, uncompressed, out. */
export function configOf(
  { name, processors, connectors }: Case,
  entry: number,
  sink: number,
): string {
  const type = processors === undefined ? [] : [name]
  const chain = [...type, 'batch'].join(', ')
  const traces = `[otlp], processors: [${chain}], exporters`
  const pipelines =
    connectors === undefined
      ? `traces: { receivers: ${traces}: [otlp_grpc] }`
      : `traces: { receivers: ${traces}: [${name}] }
    metrics: { receivers: [${name}], exporters: [otlp_grpc] }`
  return `
receivers: { otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${entry} } } } }
processors:
  batch:${processors ?? ''}
${connectors === undefined ? '' : `connectors:${connectors}`}
exporters:
  otlp_grpc: { endpoint: 127.0.0.1:${sink}, compression: none, tls: { insecure: true } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    ${pipelines}
`
}

/** Whether a runner can be asked at all. */
export function isFor(runner: Runner, { isOursAlone }: Case): boolean {
  return runner === 'waggle' || isOursAlone !== true
}
