import { attributesToJson, encodeAttributes } from './otlp_attributes.ts'
import { ProtoWriter } from './proto_writer.ts'
import type { Resource, Scope } from './resource.ts'
import type { Span, SpanEvent, SpanGroup, SpanList, Traces } from './traces.ts'

// Field numbers: opentelemetry/proto/{collector/trace,trace,resource,common}/v1/*.proto
const REQUEST_RESOURCE_SPANS = 1
const RESOURCE_SPANS = { resource: 1, scopeSpans: 2 } as const
const SCOPE_SPANS = { scope: 1, spans: 2 } as const
const RESOURCE_ATTRIBUTES = 1
const SCOPE = { name: 1, version: 2 } as const
const STATUS = { message: 2, code: 3 } as const
const EVENT = { time: 1, name: 2, attributes: 3 } as const
/** Field numbers of OTLP's `Span`. */
export const SPAN = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  events: 11,
  status: 15,
  flags: 16,
} as const

/** Writes a batch as the body of an OTLP `ExportTraceServiceRequest`. */
export function encodeTraces(batch: Traces, out: ProtoWriter): void {
  for (let i = batch.groups.length - 1; i >= 0; i--) {
    encodeGroup(batch.groups[i] as SpanGroup, out)
  }
}

function encodeGroup(group: SpanGroup, out: ProtoWriter): void {
  const mark = out.mark()
  encodeSpans(group.spans, out)
  out.raw(encodedScope(group.scope))
  out.message(RESOURCE_SPANS.scopeSpans, mark)
  out.raw(encodedResource(group.resource))
  out.message(REQUEST_RESOURCE_SPANS, mark)
}

function encodeSpans(spans: SpanList, out: ProtoWriter): void {
  for (let i = spans.length - 1; i >= 0; i--) {
    const mark = out.mark()
    spans.encode(i, out)
    out.message(SCOPE_SPANS.spans, mark)
  }
}

const resources = new WeakMap<Resource, Buffer>()
const scopes = new WeakMap<Scope, Buffer>()

/** The `resource` field of `ResourceSpans`, encoded once for each resource. */
function encodedResource(resource: Resource): Buffer {
  const known = resources.get(resource)
  if (known) return known
  const out = new ProtoWriter(1024)
  encodeAttributes(RESOURCE_ATTRIBUTES, resource.attributes, out)
  out.message(RESOURCE_SPANS.resource, 0)
  const bytes = out.toBytes()
  resources.set(resource, bytes)
  return bytes
}

/** The `scope` field of `ScopeSpans`, encoded once for each scope. */
function encodedScope(scope: Scope): Buffer {
  const known = scopes.get(scope)
  if (known) return known
  const out = new ProtoWriter(256)
  out.string(SCOPE.version, scope.version)
  out.string(SCOPE.name, scope.name)
  out.message(SCOPE_SPANS.scope, 0)
  const bytes = out.toBytes()
  scopes.set(scope, bytes)
  return bytes
}

/** Writes the fields of one `Span` from its decoded form. */
export function encodeSpan(span: Span, out: ProtoWriter): void {
  if (span.flags !== 0) out.fixed32(SPAN.flags, span.flags)
  encodeStatus(span, out)
  for (let i = span.events.length - 1; i >= 0; i--) encodeEvent(span.events[i] as SpanEvent, out)
  encodeAttributes(SPAN.attributes, span.attributes, out)
  out.fixed64(SPAN.end, span.endNs)
  out.fixed64(SPAN.start, span.startNs)
  out.uint(SPAN.kind, span.kind)
  out.string(SPAN.name, span.name)
  if (span.parentSpanId) out.bytes(SPAN.parentSpanId, Buffer.from(span.parentSpanId, 'hex'))
  if (span.traceState) out.string(SPAN.traceState, span.traceState)
  out.bytes(SPAN.spanId, Buffer.from(span.spanId, 'hex'))
  out.bytes(SPAN.traceId, Buffer.from(span.traceId, 'hex'))
}

function encodeStatus({ status }: Span, out: ProtoWriter): void {
  if (status.code === 0 && !status.message) return
  const mark = out.mark()
  if (status.code !== 0) out.uint(STATUS.code, status.code)
  if (status.message) out.string(STATUS.message, status.message)
  out.message(SPAN.status, mark)
}

function encodeEvent(event: SpanEvent, out: ProtoWriter): void {
  const mark = out.mark()
  encodeAttributes(EVENT.attributes, event.attributes, out)
  out.string(EVENT.name, event.name)
  out.fixed64(EVENT.time, event.timeNs)
  out.message(SPAN.events, mark)
}

/**
 * A batch as OTLP/JSON: hex ids, lowerCamelCase keys, enums as integers, 64-bit integers as decimal
 * strings (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
export function tracesToJson(batch: Traces): object {
  return { resourceSpans: batch.groups.map(groupToJson) }
}

function groupToJson(group: SpanGroup): object {
  const spans: object[] = []
  for (let i = 0; i < group.spans.length; i++) spans.push(spanToJson(group.spans.at(i)))
  return {
    resource: { attributes: attributesToJson(group.resource.attributes) },
    scopeSpans: [{ scope: { name: group.scope.name, version: group.scope.version }, spans }],
  }
}

function spanToJson(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.traceState && { traceState: span.traceState }),
    ...(span.parentSpanId && { parentSpanId: span.parentSpanId }),
    ...(span.flags !== 0 && { flags: span.flags }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.startNs.toString(),
    endTimeUnixNano: span.endNs.toString(),
    attributes: attributesToJson(span.attributes),
    ...(span.events.length > 0 && { events: span.events.map(eventToJson) }),
    ...statusToJson(span),
  }
}

function eventToJson(event: SpanEvent): object {
  return {
    timeUnixNano: event.timeNs.toString(),
    name: event.name,
    attributes: attributesToJson(event.attributes),
  }
}

function statusToJson({ status }: Span): object {
  if (status.code === 0 && !status.message) return {}
  return {
    status: {
      ...(status.code !== 0 && { code: status.code }),
      ...(status.message && { message: status.message }),
    },
  }
}
