import {
  DATA,
  EXPONENTIAL,
  HISTOGRAM,
  METRIC,
  NUMBER,
  POINT,
  BUCKETS,
  SUMMARY,
} from '../pdata/otlp_metrics.ts'
import { LOG } from '../pdata/otlp_logs.ts'
import { EVENT, SPAN, STATUS } from '../pdata/otlp_traces.ts'
import {
  DATA_FIELDS,
  type Context,
  type Environment,
  PLAIN,
  RESOURCE,
  SCOPE,
} from './environment.ts'
import { OttlError } from './errors.ts'
import {
  anyField,
  boolField,
  countsField,
  doubleField,
  doublesField,
  fixed32Field,
  fixed64Field,
  idField,
  sfixed64Field,
  sintField,
  textField,
  uintField,
  varintsField,
} from './field_types.ts'
import { anyValue, attributes, type Field, field, type Fields, ids, timeField } from './fields.ts'
import type { FieldType, MessageDraft } from './message_draft.ts'
import { textOf } from './texts.ts'
import { Float, isMap, typeOf } from './values.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

const resource = (env: Environment): MessageDraft => env.resource
const scope = (env: Environment): MessageDraft => env.scope
const span = (env: Environment): MessageDraft => env.span
const spanStatus = (env: Environment): MessageDraft => env.span.child(SPAN.status, PLAIN)
const event = (env: Environment): MessageDraft => env.spanevent
const log = (env: Environment): MessageDraft => env.log
const metric = (env: Environment): MessageDraft => env.metric
const datapoint = (env: Environment): MessageDraft => env.datapoint

const cache: Field = {
  type: 'map',
  map: (env) => env.cache,
  get: (env) => new Map(env.cache),
  set: (env, value) => {
    if (!isMap(value)) throw new OttlError(`expected map, received ${typeOf(value)}`)
    const copy = [...value]
    env.cache.clear()
    for (const [key, inner] of copy) env.cache.set(key, inner)
  },
}

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']

function times(draftOf: (env: Environment) => MessageDraft, name: string, number: number): Fields {
  const stored = fixed64Field(number)
  return {
    [`${name}_unix_nano`]: field(draftOf, 'int', stored),
    [name]: timeField(draftOf, stored),
  }
}

const spanKind = field(span, 'int', uintField(SPAN.kind))

const spanFields: Fields = {
  cache,
  attributes: attributes(span),
  ...ids(span, 'trace_id', idField(SPAN.traceId, TRACE_ID_BYTES)),
  ...ids(span, 'span_id', idField(SPAN.spanId, SPAN_ID_BYTES)),
  ...ids(span, 'parent_span_id', idField(SPAN.parentSpanId, SPAN_ID_BYTES)),
  ...times(span, 'start_time', SPAN.start),
  ...times(span, 'end_time', SPAN.end),
  name: field(span, 'string', textField(SPAN.name)),
  trace_state: field(span, 'string', textField(SPAN.traceState)),
  kind: spanKind,
  'kind.string': { type: 'string', get: (env) => KINDS[Number(spanKind.get(env))] ?? '' },
  flags: field(span, 'int', fixed32Field(SPAN.flags)),
  'status.code': field(spanStatus, 'int', uintField(STATUS.code)),
  'status.message': field(spanStatus, 'string', textField(STATUS.message)),
  dropped_attributes_count: field(span, 'int', uintField(SPAN.droppedAttributes)),
  dropped_events_count: field(span, 'int', uintField(SPAN.droppedEvents)),
  dropped_links_count: field(span, 'int', uintField(SPAN.droppedLinks)),
}

const eventFields: Fields = {
  cache,
  attributes: attributes(event),
  name: field(event, 'string', textField(EVENT.name)),
  ...times(event, 'time', EVENT.time),
  dropped_attributes_count: field(event, 'int', uintField(EVENT.droppedAttributes)),
  event_index: { type: 'int', get: (env) => env.eventIndex },
}

const body = anyValue(log, anyField(LOG.body))

const logFields: Fields = {
  cache,
  attributes: attributes(log),
  body,
  'body.string': {
    type: 'string',
    get: (env) => textOf(body.get(env)) ?? '',
    set: body.set as Field['set'] & object,
  },
  severity_number: field(log, 'int', uintField(LOG.severity)),
  severity_text: field(log, 'string', textField(LOG.severityText)),
  event_name: field(log, 'string', textField(LOG.eventName)),
  flags: field(log, 'int', fixed32Field(LOG.flags)),
  dropped_attributes_count: field(log, 'int', uintField(LOG.droppedAttributes)),
  ...ids(log, 'trace_id', idField(LOG.traceId, TRACE_ID_BYTES)),
  ...ids(log, 'span_id', idField(LOG.spanId, SPAN_ID_BYTES)),
  ...times(log, 'time', LOG.time),
  ...times(log, 'observed_time', LOG.observed),
}

/** A field of the metric's data, where its type has such a one. */
function dataField(type: 'int' | 'bool', stored: FieldType, types: readonly number[]): Field {
  const plain = field((env) => env.data as MessageDraft, type, stored)
  const has = (env: Environment): boolean => types.includes(env.dataField)
  return {
    type: 'any',
    get: (env) => (has(env) ? plain.get(env) : null),
    set: (env, value) => {
      if (has(env)) plain.set?.(env, value)
    },
  }
}

const [, , SUM, HISTOGRAM_DATA, EXPONENTIAL_DATA] = DATA_FIELDS

const metricFields: Fields = {
  cache,
  metadata: attributes(metric),
  name: field(metric, 'string', textField(METRIC.name)),
  description: field(metric, 'string', textField(METRIC.description)),
  unit: field(metric, 'string', textField(METRIC.unit)),
  type: {
    type: 'int',
    get: (env) => Math.max(0, (DATA_FIELDS as readonly number[]).indexOf(env.dataField)),
  },
  aggregation_temporality: dataField('int', uintField(DATA.temporality), [
    SUM,
    HISTOGRAM_DATA,
    EXPONENTIAL_DATA,
  ]),
  is_monotonic: dataField('bool', boolField(DATA.monotonic), [SUM]),
}

type PointType = 'int' | 'float' | 'list'

/** A field of data points that has another number in each type, or is not there: `nil`, as is setting it. */
function pointField(type: PointType, types: ReadonlyMap<number, FieldType>): Field {
  const fields = new Map([...types].map(([data, stored]) => [data, field(datapoint, type, stored)]))
  return {
    type: 'any',
    get: (env) => fields.get(env.pointField)?.get(env) ?? null,
    set: (env, value) => fields.get(env.pointField)?.set?.(env, value),
  }
}

const GAUGE_FIELD = DATA_FIELDS[1]
const SUMMARY_FIELD = DATA_FIELDS[5]

function numberPoints(stored: FieldType): ReadonlyMap<number, FieldType> {
  return new Map([
    [GAUGE_FIELD, stored],
    [SUM, stored],
  ])
}

/** A value of a number point: 0 where it is of the other type, as in the Collector. */
const values = {
  value_double: pointField(
    'float',
    numberPoints(doubleField(NUMBER.double, new Float(0), [NUMBER.int])),
  ),
  value_int: pointField('int', numberPoints(sfixed64Field(NUMBER.int, [NUMBER.double]))),
}

function counted(
  make: (number: number) => FieldType,
  histogram: number,
  exponential: number,
  summary?: number,
): ReadonlyMap<number, FieldType> {
  const types = new Map<number, FieldType>([
    [HISTOGRAM_DATA, make(histogram)],
    [EXPONENTIAL_DATA, make(exponential)],
  ])
  if (summary !== undefined) types.set(SUMMARY_FIELD, make(summary))
  return types
}

const optionalDouble = (number: number): FieldType => doubleField(number, null)

/** The buckets of an exponential histogram's points. */
function buckets(name: string, number: number): Fields {
  const inner = (env: Environment): MessageDraft => env.datapoint.child(number, PLAIN)
  const has = (env: Environment): boolean => env.pointField === EXPONENTIAL_DATA
  const fields: Fields = {
    offset: field(inner, 'int', sintField(BUCKETS.offset)),
    bucket_counts: field(inner, 'list', varintsField(BUCKETS.counts)),
  }
  const guarded = Object.entries(fields).map(([key, { get, set }]): [string, Field] => [
    `${name}.${key}`,
    {
      type: 'any',
      get: (env) => (has(env) ? get(env) : null),
      set: (env, value) => {
        if (has(env)) set?.(env, value)
      },
    },
  ])
  return Object.fromEntries(guarded)
}

const pointFields: Fields = {
  cache,
  attributes: attributes(datapoint),
  ...times(datapoint, 'start_time', POINT.start),
  ...times(datapoint, 'time', POINT.time),
  ...values,
  flags: pointField(
    'int',
    new Map([
      ...numberPoints(uintField(NUMBER.flags)),
      ...counted(uintField, HISTOGRAM.flags, EXPONENTIAL.flags, SUMMARY.flags),
    ]),
  ),
  count: pointField(
    'int',
    counted(fixed64Field, HISTOGRAM.count, EXPONENTIAL.count, SUMMARY.count),
  ),
  sum: pointField('float', counted(optionalDouble, HISTOGRAM.sum, EXPONENTIAL.sum, SUMMARY.sum)),
  min: pointField('float', counted(optionalDouble, HISTOGRAM.min, EXPONENTIAL.min)),
  max: pointField('float', counted(optionalDouble, HISTOGRAM.max, EXPONENTIAL.max)),
  bucket_counts: pointField('list', new Map([[HISTOGRAM_DATA, countsField(HISTOGRAM.counts)]])),
  explicit_bounds: pointField('list', new Map([[HISTOGRAM_DATA, doublesField(HISTOGRAM.bounds)]])),
  scale: pointField('int', new Map([[EXPONENTIAL_DATA, sintField(EXPONENTIAL.scale)]])),
  zero_count: pointField('int', new Map([[EXPONENTIAL_DATA, fixed64Field(EXPONENTIAL.zeroCount)]])),
  ...buckets('positive', EXPONENTIAL.positive),
  ...buckets('negative', EXPONENTIAL.negative),
}

/** The fields of each context's own item. */
export const FIELDS: Readonly<Record<Context, Fields>> = {
  resource: {
    cache,
    attributes: attributes(resource),
    dropped_attributes_count: field(resource, 'int', uintField(RESOURCE.droppedAttributes)),
  },
  scope: {
    cache,
    attributes: attributes(scope),
    name: field(scope, 'string', textField(SCOPE.name)),
    version: field(scope, 'string', textField(SCOPE.version)),
    dropped_attributes_count: field(scope, 'int', uintField(SCOPE.droppedAttributes)),
  },
  span: spanFields,
  spanevent: eventFields,
  metric: metricFields,
  datapoint: pointFields,
  log: logFields,
}
