import { encodeAttributes } from './otlp_attributes.ts'
import { encodeGroups, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import type { ProtoWriter } from './proto_writer.ts'
import type { Span, SpanEvent, SpanLink, SpanList, Traces } from './traces.ts'

// Field numbers: opentelemetry/proto/trace/v1/trace.proto
/** Field numbers of OTLP's `Status`. */
export const STATUS = { message: 2, code: 3 } as const
/** Field numbers of OTLP's `Span.Event`. */
export const EVENT = { time: 1, name: 2, attributes: 3, droppedAttributes: 4 } as const
/** Field numbers of OTLP's `Span.Link`. */
export const LINK = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  attributes: 4,
  droppedAttributes: 5,
  flags: 6,
} as const
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
  droppedAttributes: 10,
  events: 11,
  droppedEvents: 12,
  links: 13,
  droppedLinks: 14,
  status: 15,
  flags: 16,
} as const

/** Writes a batch as the body of an OTLP `ExportTraceServiceRequest`. */
export function encodeTraces(batch: Traces, out: ProtoWriter): void {
  encodeGroups(batch.groups, ({ spans }) => encodeSpans(spans, out), out)
}

/** Writes the spans of a list as `ScopeSpans` has them. */
export function encodeSpans(spans: SpanList, out: ProtoWriter): void {
  if (spans.encodeAll) return spans.encodeAll(out)
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
  encodeLinks(span, out)
  if (span.dropped?.events) out.uint(SPAN.droppedEvents, span.dropped.events)
  for (let i = span.events.length - 1; i >= 0; i--) encodeEvent(span.events[i] as SpanEvent, out)
  if (span.dropped?.attributes) out.uint(SPAN.droppedAttributes, span.dropped.attributes)
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

function encodeLinks({ links = [], dropped }: Span, out: ProtoWriter): void {
  if (dropped?.links) out.uint(SPAN.droppedLinks, dropped.links)
  for (let i = links.length - 1; i >= 0; i--) encodeLink(links[i] as SpanLink, out)
}

function encodeLink(link: SpanLink, out: ProtoWriter): void {
  const mark = out.mark()
  if (link.flags !== 0) out.fixed32(LINK.flags, link.flags)
  if (link.droppedAttributes) out.uint(LINK.droppedAttributes, link.droppedAttributes)
  encodeAttributes(LINK.attributes, link.attributes, out)
  if (link.traceState) out.string(LINK.traceState, link.traceState)
  out.bytes(LINK.spanId, Buffer.from(link.spanId, 'hex'))
  out.bytes(LINK.traceId, Buffer.from(link.traceId, 'hex'))
  out.message(SPAN.links, mark)
}

function encodeEvent(event: SpanEvent, out: ProtoWriter): void {
  const mark = out.mark()
  if (event.droppedAttributes) out.uint(EVENT.droppedAttributes, event.droppedAttributes)
  encodeAttributes(EVENT.attributes, event.attributes, out)
  out.string(EVENT.name, event.name)
  out.fixed64(EVENT.time, event.timeNs)
  out.message(SPAN.events, mark)
}
