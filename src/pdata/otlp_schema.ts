import type { Signal } from './otlp_request.ts'
import { WIRE } from './proto_reader.ts'

/*
 * The messages of OTLP as tables: what reads and writes OTLP/JSON and what checks received bytes goes
 * by them. From opentelemetry/proto/**\/*.proto (v1.9); names are those of OTLP/JSON.
 */

/** Types of fields that are no messages, by how they stand in protobuf and in JSON. */
export type Scalar =
  | 'string'
  | 'bool'
  | 'uint32'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double'
  | 'bytes'
  /** `bytes` of a length that never changes, hex digits in JSON. */
  | 'traceId'
  | 'spanId'
  /** Enums, whose numbers have names, too. */
  | 'spanKind'
  | 'statusCode'
  | 'temporality'
  | 'severity'

/** One field of a message. */
export interface Field {
  readonly number: number
  /** Its name in OTLP/JSON. */
  readonly name: string
  readonly repeated: boolean
  /** The type of a field that is no message. */
  readonly scalar: Scalar | undefined
  /** The message that it is. */
  readonly message: Message | undefined
  /** Its wire type; a list of numbers may also come packed. */
  readonly wire: number
  /** The length that it has where it is not empty; 0 for any. */
  readonly bytes: number
}

const WIRES: Readonly<Record<Scalar, number>> = {
  string: WIRE.bytes,
  bytes: WIRE.bytes,
  traceId: WIRE.bytes,
  spanId: WIRE.bytes,
  bool: WIRE.varint,
  uint32: WIRE.varint,
  sint32: WIRE.varint,
  int64: WIRE.varint,
  uint64: WIRE.varint,
  spanKind: WIRE.varint,
  statusCode: WIRE.varint,
  temporality: WIRE.varint,
  severity: WIRE.varint,
  fixed32: WIRE.fixed32,
  fixed64: WIRE.fixed64,
  sfixed64: WIRE.fixed64,
  double: WIRE.fixed64,
}

const ID_BYTES: Partial<Record<Scalar, number>> = { traceId: 16, spanId: 8 }

/** One type of message. */
export class Message {
  /** By their number; the numbers between are empty. */
  readonly fields: readonly (Field | undefined)[]
  readonly byName: ReadonlyMap<string, Field>

  constructor(table: Table) {
    const list = Object.entries(table).map(([name, [number, type, repeated]]): Field => {
      const scalar = typeof type === 'string' ? type : undefined
      return {
        number,
        name,
        repeated: repeated !== undefined,
        scalar,
        message: typeof type === 'string' ? undefined : type,
        wire: scalar ? WIRES[scalar] : WIRE.bytes,
        bytes: (scalar && ID_BYTES[scalar]) ?? 0,
      }
    })
    const most = Math.max(0, ...list.map(({ number }) => number))
    this.fields = Array.from({ length: most + 1 }, (_, n) => list.find((one) => one.number === n))
    this.byName = new Map(list.map((field) => [field.name, field]))
  }
}

type Type = Scalar | Message
type Table = Record<string, readonly [number: number, type: Type, repeated?: 'repeated']>

/** `AnyValue`; values lie in values, so its fields are filled in below. */
export const anyValue = new Message({})
/** `KeyValue`. */
export const keyValue = new Message({ key: [1, 'string'], value: [2, anyValue] })
const arrayValue = new Message({ values: [1, anyValue, 'repeated'] })
const keyValueList = new Message({ values: [1, keyValue, 'repeated'] })

Object.assign(
  anyValue,
  new Message({
    stringValue: [1, 'string'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, arrayValue],
    kvlistValue: [6, keyValueList],
    bytesValue: [7, 'bytes'],
  }),
)

const entityRef = new Message({
  schemaUrl: [1, 'string'],
  type: [2, 'string'],
  idKeys: [3, 'string', 'repeated'],
  descriptionKeys: [4, 'string', 'repeated'],
})

const resource = new Message({
  attributes: [1, keyValue, 'repeated'],
  droppedAttributesCount: [2, 'uint32'],
  entityRefs: [3, entityRef, 'repeated'],
})

const scope = new Message({
  name: [1, 'string'],
  version: [2, 'string'],
  attributes: [3, keyValue, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
})

const event = new Message({
  timeUnixNano: [1, 'fixed64'],
  name: [2, 'string'],
  attributes: [3, keyValue, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
})

const link = new Message({
  traceId: [1, 'traceId'],
  spanId: [2, 'spanId'],
  traceState: [3, 'string'],
  attributes: [4, keyValue, 'repeated'],
  droppedAttributesCount: [5, 'uint32'],
  flags: [6, 'fixed32'],
})

const status = new Message({ message: [2, 'string'], code: [3, 'statusCode'] })

const span = new Message({
  traceId: [1, 'traceId'],
  spanId: [2, 'spanId'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'spanId'],
  name: [5, 'string'],
  kind: [6, 'spanKind'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, keyValue, 'repeated'],
  droppedAttributesCount: [10, 'uint32'],
  events: [11, event, 'repeated'],
  droppedEventsCount: [12, 'uint32'],
  links: [13, link, 'repeated'],
  droppedLinksCount: [14, 'uint32'],
  status: [15, status],
  flags: [16, 'fixed32'],
})

const logRecord = new Message({
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'severity'],
  severityText: [3, 'string'],
  body: [5, anyValue],
  attributes: [6, keyValue, 'repeated'],
  droppedAttributesCount: [7, 'uint32'],
  flags: [8, 'fixed32'],
  traceId: [9, 'traceId'],
  spanId: [10, 'spanId'],
  observedTimeUnixNano: [11, 'fixed64'],
  eventName: [12, 'string'],
})

const exemplar = new Message({
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double'],
  spanId: [4, 'spanId'],
  traceId: [5, 'traceId'],
  asInt: [6, 'sfixed64'],
  filteredAttributes: [7, keyValue, 'repeated'],
})

const numberPoint = new Message({
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double'],
  exemplars: [5, exemplar, 'repeated'],
  asInt: [6, 'sfixed64'],
  attributes: [7, keyValue, 'repeated'],
  flags: [8, 'uint32'],
})

const histogramPoint = new Message({
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  bucketCounts: [6, 'fixed64', 'repeated'],
  explicitBounds: [7, 'double', 'repeated'],
  exemplars: [8, exemplar, 'repeated'],
  attributes: [9, keyValue, 'repeated'],
  flags: [10, 'uint32'],
  min: [11, 'double'],
  max: [12, 'double'],
})

const buckets = new Message({ offset: [1, 'sint32'], bucketCounts: [2, 'uint64', 'repeated'] })

const exponentialPoint = new Message({
  attributes: [1, keyValue, 'repeated'],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, buckets],
  negative: [9, buckets],
  flags: [10, 'uint32'],
  exemplars: [11, exemplar, 'repeated'],
  min: [12, 'double'],
  max: [13, 'double'],
  zeroThreshold: [14, 'double'],
})

const quantile = new Message({ quantile: [1, 'double'], value: [2, 'double'] })

const summaryPoint = new Message({
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  quantileValues: [6, quantile, 'repeated'],
  attributes: [7, keyValue, 'repeated'],
  flags: [8, 'uint32'],
})

const temporality = [2, 'temporality'] as const

const metric = new Message({
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, new Message({ dataPoints: [1, numberPoint, 'repeated'] })],
  sum: [
    7,
    new Message({
      dataPoints: [1, numberPoint, 'repeated'],
      aggregationTemporality: temporality,
      isMonotonic: [3, 'bool'],
    }),
  ],
  histogram: [
    9,
    new Message({
      dataPoints: [1, histogramPoint, 'repeated'],
      aggregationTemporality: temporality,
    }),
  ],
  exponentialHistogram: [
    10,
    new Message({
      dataPoints: [1, exponentialPoint, 'repeated'],
      aggregationTemporality: temporality,
    }),
  ],
  summary: [11, new Message({ dataPoints: [1, summaryPoint, 'repeated'] })],
  metadata: [12, keyValue, 'repeated'],
})

/** The message of one item: a span, a metric, a log record. */
export const ITEM: Readonly<Record<Signal, Message>> = {
  traces: span,
  metrics: metric,
  logs: logRecord,
}

/** `ResourceSpans` in an `ExportTraceServiceRequest`, and the like. */
function requestOf(groups: string, scopeGroups: string, items: string, item: Message): Message {
  const scopeGroup = new Message({
    scope: [1, scope],
    [items]: [2, item, 'repeated'],
    schemaUrl: [3, 'string'],
  })
  const group = new Message({
    resource: [1, resource],
    [scopeGroups]: [2, scopeGroup, 'repeated'],
    schemaUrl: [3, 'string'],
  })
  return new Message({ [groups]: [1, group, 'repeated'] })
}

/** The message of a request: `ExportTraceServiceRequest` and its likes. */
export const REQUEST: Readonly<Record<Signal, Message>> = {
  traces: requestOf('resourceSpans', 'scopeSpans', 'spans', span),
  metrics: requestOf('resourceMetrics', 'scopeMetrics', 'metrics', metric),
  logs: requestOf('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const severities = LEVELS.flatMap((level) => [level, `${level}2`, `${level}3`, `${level}4`])

/** The names of an enum's numbers. */
export const ENUM_NAMES = {
  spanKind: names(
    'SPAN_KIND',
    'UNSPECIFIED',
    'INTERNAL',
    'SERVER',
    'CLIENT',
    'PRODUCER',
    'CONSUMER',
  ),
  statusCode: names('STATUS_CODE', 'UNSET', 'OK', 'ERROR'),
  temporality: names('AGGREGATION_TEMPORALITY', 'UNSPECIFIED', 'DELTA', 'CUMULATIVE'),
  severity: names('SEVERITY_NUMBER', 'UNSPECIFIED', ...severities),
} as const

function names(prefix: string, ...list: readonly string[]): ReadonlyMap<string, number> {
  return new Map(list.map((name, number) => [`${prefix}_${name}`, number]))
}
