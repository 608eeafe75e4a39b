import { attributesToJson, encodeAttributes } from './otlp_attributes.ts'
import { encodeGroup, groupToJson, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import type { ProtoWriter } from './proto_writer.ts'
import type { Span, SpanEvent, SpanGroup, Traces } from './traces.ts'

// Field numbers: opentelemetry/proto/trace/v1/trace.proto
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
    encodeGroup(batch.groups[i] as SpanGroup, encodeSpans, out)
  }
}

function encodeSpans({ spans }: SpanGroup, out: ProtoWriter): void {
  for (let i = spans.length - 1; i >= 0; i--) {
    const mark = out.mark()
    spans.encode(i, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
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
  return { resourceSpans: batch.groups.map(spansToJson) }
}

function spansToJson(group: SpanGroup): object {
  const spans: object[] = []
  for (let i = 0; i < group.spans.length; i++) spans.push(spanToJson(group.spans.at(i)))
  const { resource, scope } = groupToJson(group)
  return { resource, scopeSpans: [{ scope, spans }] }
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
