/** What the strict decoders return, from protobuf and from JSON alike: ids in lowercase hex (empty
 * where absent), 64-bit numbers as bigint, enums as numbers, absent lists empty. */

export interface AnyValue {
  stringValue?: string
  boolValue?: boolean
  intValue?: bigint
  doubleValue?: number
  arrayValue?: { values: AnyValue[] }
  kvlistValue?: { values: KeyValue[] }
  bytesValue?: Buffer
}

export interface KeyValue {
  key: string
  value?: AnyValue
}

export interface EntityRef {
  schemaUrl: string
  type: string
  idKeys: string[]
  descriptionKeys: string[]
}

export interface Resource {
  attributes: KeyValue[]
  droppedAttributesCount: number
  entityRefs: EntityRef[]
}

export interface Scope {
  name: string
  version: string
  attributes: KeyValue[]
  droppedAttributesCount: number
}

export interface SpanEvent {
  timeUnixNano: bigint
  name: string
  attributes: KeyValue[]
  droppedAttributesCount: number
}

export interface SpanLink {
  traceId: string
  spanId: string
  traceState: string
  attributes: KeyValue[]
  droppedAttributesCount: number
  flags: number
}

export interface Span {
  traceId: string
  spanId: string
  traceState: string
  parentSpanId: string
  flags: number
  name: string
  kind: number
  startTimeUnixNano: bigint
  endTimeUnixNano: bigint
  attributes: KeyValue[]
  droppedAttributesCount: number
  events: SpanEvent[]
  droppedEventsCount: number
  links: SpanLink[]
  droppedLinksCount: number
  status?: { message: string; code: number }
}

export interface Exemplar {
  filteredAttributes: KeyValue[]
  timeUnixNano: bigint
  asDouble?: number
  asInt?: bigint
  spanId: string
  traceId: string
}

/** What all kinds of data points have. */
export interface DataPoint {
  attributes: KeyValue[]
  startTimeUnixNano: bigint
  timeUnixNano: bigint
  flags: number
}

export interface NumberDataPoint extends DataPoint {
  asDouble?: number
  asInt?: bigint
  exemplars: Exemplar[]
}

export interface HistogramDataPoint extends DataPoint {
  count: bigint
  sum?: number
  bucketCounts: bigint[]
  explicitBounds: number[]
  exemplars: Exemplar[]
  min?: number
  max?: number
}

export interface Buckets {
  offset: number
  bucketCounts: bigint[]
}

export interface ExponentialHistogramDataPoint extends DataPoint {
  count: bigint
  sum?: number
  scale: number
  zeroCount: bigint
  positive?: Buckets
  negative?: Buckets
  exemplars: Exemplar[]
  min?: number
  max?: number
  zeroThreshold: number
}

export interface SummaryDataPoint extends DataPoint {
  count: bigint
  sum: number
  quantileValues: { quantile: number; value: number }[]
}

export interface Metric {
  name: string
  description: string
  unit: string
  gauge?: { dataPoints: NumberDataPoint[] }
  sum?: { dataPoints: NumberDataPoint[]; aggregationTemporality: number; isMonotonic: boolean }
  histogram?: { dataPoints: HistogramDataPoint[]; aggregationTemporality: number }
  exponentialHistogram?: {
    dataPoints: ExponentialHistogramDataPoint[]
    aggregationTemporality: number
  }
  summary?: { dataPoints: SummaryDataPoint[] }
  metadata: KeyValue[]
}

export interface LogRecord {
  timeUnixNano: bigint
  observedTimeUnixNano: bigint
  severityNumber: number
  severityText: string
  body?: AnyValue
  attributes: KeyValue[]
  droppedAttributesCount: number
  flags: number
  traceId: string
  spanId: string
  eventName: string
}

export interface TracesRequest {
  resourceSpans: {
    resource: Resource
    scopeSpans: { scope?: Scope; spans: Span[]; schemaUrl: string }[]
    schemaUrl: string
  }[]
}

export interface MetricsRequest {
  resourceMetrics: {
    resource: Resource
    scopeMetrics: { scope?: Scope; metrics: Metric[]; schemaUrl: string }[]
    schemaUrl: string
  }[]
}

export interface LogsRequest {
  resourceLogs: {
    resource: Resource
    scopeLogs: { scope?: Scope; logRecords: LogRecord[]; schemaUrl: string }[]
    schemaUrl: string
  }[]
}

/** The request of each signal. */
export interface Requests {
  traces: TracesRequest
  metrics: MetricsRequest
  logs: LogsRequest
}
