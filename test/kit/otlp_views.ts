import type {
  AnyValue,
  DataPoint,
  KeyValue,
  LogRecord,
  LogsRequest,
  Metric,
  MetricsRequest,
  Resource,
  Scope,
  Span,
  TracesRequest,
} from './otlp_types.ts'

// Flat views of requests, so that a test can say what it expects in one plain object.

/** An attribute's value: integers are numbers where they fit exactly, bigints elsewhere. */
export type PlainValue =
  | string
  | boolean
  | number
  | bigint
  | null
  | Buffer
  | PlainValue[]
  | { [key: string]: PlainValue }

export type PlainAttributes = Record<string, PlainValue>

/** The kinds of value that an attribute can have; `empty` is an AnyValue with nothing set. */
export type ValueType =
  | 'string'
  | 'bool'
  | 'int'
  | 'double'
  | 'array'
  | 'kvlist'
  | 'bytes'
  | 'empty'

export interface ScopeView {
  name: string
  version: string
  attributes: PlainAttributes
}

const spanKinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const statusCodes = ['unset', 'ok', 'error'] as const

export interface SpanView {
  resource: PlainAttributes
  scope: ScopeView
  name: string
  kind: (typeof spanKinds)[number]
  traceId: string
  spanId: string
  /** Empty for a root span. */
  parentSpanId: string
  traceState: string
  flags: number
  startNs: bigint
  endNs: bigint
  attributes: PlainAttributes
  /** Tells an int from a double, which look alike among the attributes. */
  attributeTypes: Record<string, ValueType>
  events: { name: string; timeNs: bigint; attributes: PlainAttributes }[]
  links: { traceId: string; spanId: string; attributes: PlainAttributes }[]
  status: { code: (typeof statusCodes)[number]; message: string }
}

export interface LogView {
  resource: PlainAttributes
  scope: ScopeView
  timeNs: bigint
  observedNs: bigint
  severity: number
  severityText: string
  eventName: string
  body: PlainValue
  attributes: PlainAttributes
  traceId: string
  spanId: string
}

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'

export interface PointView {
  resource: PlainAttributes
  scope: ScopeView
  metric: string
  unit: string
  description: string
  kind: MetricKind
  temporality: 'none' | 'delta' | 'cumulative'
  isMonotonic: boolean
  attributes: PlainAttributes
  startNs: bigint
  timeNs: bigint
  /** The number of a gauge or a sum; the count of the others; undefined where none was recorded. */
  value: number | bigint | undefined
  /** The data point as decoded, for buckets and exemplars. */
  point: DataPoint
}

/** Attributes as a plain object. */
export function plainAttributes(attributes: readonly KeyValue[]): PlainAttributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}

/** The kind of value of each attribute. */
export function attributeTypes(attributes: readonly KeyValue[]): Record<string, ValueType> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, typeOfValue(value)]))
}

function plainValue(value: AnyValue | undefined): PlainValue {
  if (value?.intValue !== undefined) return plainInteger(value.intValue)
  if (value?.arrayValue) return value.arrayValue.values.map(plainValue)
  if (value?.kvlistValue) return plainAttributes(value.kvlistValue.values)
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue ?? value?.bytesValue ?? null
}

function plainInteger(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function typeOfValue(value: AnyValue | undefined): ValueType {
  const entries = Object.entries(value ?? {})
  const set = entries.find(([, member]) => member !== undefined)
  return (set?.[0].replace('Value', '') ?? 'empty') as ValueType
}

function scopeView(scope: Scope | undefined): ScopeView {
  const { name = '', version = '', attributes = [] } = scope ?? {}
  return { name, version, attributes: plainAttributes(attributes) }
}

/** All spans of requests, flat. */
export function spans(...requests: TracesRequest[]): SpanView[] {
  return requests
    .flatMap((request) => request.resourceSpans)
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans: list }) =>
        list.map((span) => spanView(resource, scope, span)),
      ),
    )
}

function spanView(resource: Resource, scope: Scope | undefined, span: Span): SpanView {
  const { name, traceId, spanId, parentSpanId, traceState, flags } = span
  return {
    resource: plainAttributes(resource.attributes),
    scope: scopeView(scope),
    name,
    kind: spanKinds[span.kind]!,
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    startNs: span.startTimeUnixNano,
    endNs: span.endTimeUnixNano,
    attributes: plainAttributes(span.attributes),
    attributeTypes: attributeTypes(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      timeNs: event.timeUnixNano,
      attributes: plainAttributes(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: plainAttributes(link.attributes),
    })),
    status: {
      code: statusCodes[span.status?.code ?? 0]!,
      message: span.status?.message ?? '',
    },
  }
}

/** All log records of requests, flat. */
export function logs(...requests: LogsRequest[]): LogView[] {
  return requests
    .flatMap((request) => request.resourceLogs)
    .flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) =>
        logRecords.map((log) => logView(resource, scope, log)),
      ),
    )
}

function logView(resource: Resource, scope: Scope | undefined, log: LogRecord): LogView {
  const { severityText, eventName, traceId, spanId } = log
  return {
    resource: plainAttributes(resource.attributes),
    scope: scopeView(scope),
    timeNs: log.timeUnixNano,
    observedNs: log.observedTimeUnixNano,
    severity: log.severityNumber,
    severityText,
    eventName,
    body: plainValue(log.body),
    attributes: plainAttributes(log.attributes),
    traceId,
    spanId,
  }
}

/** All data points of requests, flat. */
export function points(...requests: MetricsRequest[]): PointView[] {
  return requests
    .flatMap((request) => request.resourceMetrics)
    .flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ scope, metrics }) =>
        metrics.flatMap((metric) => pointViews(resource, scope, metric)),
      ),
    )
}

const metricKinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const
const temporalities = ['none', 'delta', 'cumulative'] as const

function pointViews(resource: Resource, scope: Scope | undefined, metric: Metric): PointView[] {
  const kind = metricKinds.find((name) => metric[name] !== undefined)
  if (!kind) return []
  const data: { dataPoints: DataPoint[]; aggregationTemporality?: number; isMonotonic?: boolean } =
    metric[kind]!
  return data.dataPoints.map((point) => ({
    resource: plainAttributes(resource.attributes),
    scope: scopeView(scope),
    metric: metric.name,
    unit: metric.unit,
    description: metric.description,
    kind,
    temporality: temporalities[data.aggregationTemporality ?? 0]!,
    isMonotonic: data.isMonotonic ?? false,
    attributes: plainAttributes(point.attributes),
    startNs: point.startTimeUnixNano,
    timeNs: point.timeUnixNano,
    value: valueOf(point),
    point,
  }))
}

function valueOf(point: DataPoint & { asInt?: bigint; asDouble?: number; count?: bigint }) {
  const whole = point.asInt ?? point.count
  return whole === undefined ? point.asDouble : plainInteger(whole)
}

/** The ids in a set of spans, and the parents that are not among them. */
export interface Ids {
  traces: Set<string>
  spans: Set<string>
  /** Parent ids that no span of the set has: spans whose parent is elsewhere. */
  foreignParents: Set<string>
}

/** Gathers the ids of spans, for assertions about how they hang together. */
export function ids(list: readonly Pick<SpanView, 'traceId' | 'spanId' | 'parentSpanId'>[]): Ids {
  const own = new Set(list.map((span) => span.spanId))
  const parents = list.map((span) => span.parentSpanId).filter((id) => id !== '')
  return {
    traces: new Set(list.map((span) => span.traceId)),
    spans: own,
    foreignParents: new Set(parents.filter((id) => !own.has(id))),
  }
}
