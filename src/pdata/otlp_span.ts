import { decodeAttributes } from './otlp_any_value.ts'
import { EVENT, LINK, SPAN, STATUS } from './otlp_traces.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { SPAN_KIND, STATUS_CODE } from './traces.ts'
import type { Span, SpanEvent, SpanKind, SpanLink, StatusCode } from './traces.ts'

/** A kind on the wire: `internal` where it is unspecified or unknown, as OTLP allows to assume. */
export function spanKind(value: number): SpanKind {
  return value >= 1 && value <= 5 ? (value as SpanKind) : SPAN_KIND.internal
}

/** A status code on the wire: `unset` where it is unknown. */
export function statusCode(value: number): StatusCode {
  return value <= 2 ? (value as StatusCode) : STATUS_CODE.unset
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** The `Span` in `bytes` from `from` up to `to`. */
export function decodeSpan(bytes: Buffer, from: number, to: number): Span {
  const reader = new ProtoReader().over(bytes, from, to)
  const dropped = { attributes: 0, events: 0, links: 0 }
  const events: SpanEvent[] = []
  const links: SpanLink[] = []
  const span: Draft<Span> = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: '',
    kind: SPAN_KIND.internal,
    startNs: 0n,
    endNs: 0n,
    attributes: decodeAttributes(bytes, from, to, SPAN.attributes),
    events,
    status: { code: STATUS_CODE.unset, message: '' },
  }
  while (reader.next()) takeField(reader, span, events, links, dropped)
  if (links.length > 0) span.links = links
  if (dropped.attributes + dropped.events + dropped.links > 0) span.dropped = dropped
  return span
}

function takeField(
  reader: ProtoReader,
  span: Draft<Span>,
  events: SpanEvent[],
  links: SpanLink[],
  dropped: Draft<Required<Span>['dropped']>,
): void {
  switch (reader.field) {
    case SPAN.traceId:
      return void (span.traceId = reader.hex())
    case SPAN.spanId:
      return void (span.spanId = reader.hex())
    case SPAN.traceState:
      return void (span.traceState = reader.text())
    case SPAN.parentSpanId:
      return void (span.parentSpanId = reader.hex())
    case SPAN.name:
      return void (span.name = reader.text())
    case SPAN.kind:
      return void (span.kind = spanKind(reader.uint()))
    case SPAN.start:
      return void (span.startNs = reader.fixed64())
    case SPAN.end:
      return void (span.endNs = reader.fixed64())
    case SPAN.droppedAttributes:
      return void (dropped.attributes = reader.uint())
    case SPAN.events:
      return void (reader.wire === WIRE.bytes && events.push(decodeEvent(reader)))
    case SPAN.droppedEvents:
      return void (dropped.events = reader.uint())
    case SPAN.links:
      return void (reader.wire === WIRE.bytes && links.push(decodeLink(reader)))
    case SPAN.droppedLinks:
      return void (dropped.links = reader.uint())
    case SPAN.status:
      return void (reader.wire === WIRE.bytes && (span.status = decodeStatus(reader, span.status)))
    case SPAN.flags:
      return void (span.flags = reader.fixed32())
  }
}

/** A message that comes twice is that of both, as protobuf has it. */
function decodeStatus({ bytes, from, to }: ProtoReader, before: Span['status']): Span['status'] {
  const reader = new ProtoReader().over(bytes, from, to)
  const status = { ...before }
  while (reader.next()) {
    if (reader.field === STATUS.code) status.code = statusCode(reader.uint())
    else if (reader.field === STATUS.message) status.message = reader.text()
  }
  return status
}

function decodeEvent({ bytes, from, to }: ProtoReader): SpanEvent {
  const reader = new ProtoReader().over(bytes, from, to)
  const attributes = decodeAttributes(bytes, from, to, EVENT.attributes)
  const event: Draft<SpanEvent> = { timeNs: 0n, name: '', attributes }
  while (reader.next()) {
    if (reader.field === EVENT.time) event.timeNs = reader.fixed64()
    else if (reader.field === EVENT.name) event.name = reader.text()
    else if (reader.field === EVENT.droppedAttributes) event.droppedAttributes = reader.uint()
  }
  return event
}

function decodeLink({ bytes, from, to }: ProtoReader): SpanLink {
  const reader = new ProtoReader().over(bytes, from, to)
  const attributes = decodeAttributes(bytes, from, to, LINK.attributes)
  const link: Draft<SpanLink> = { traceId: '', spanId: '', traceState: '', attributes, flags: 0 }
  while (reader.next()) {
    if (reader.field === LINK.traceId) link.traceId = reader.hex()
    else if (reader.field === LINK.spanId) link.spanId = reader.hex()
    else if (reader.field === LINK.traceState) link.traceState = reader.text()
    else if (reader.field === LINK.droppedAttributes) link.droppedAttributes = reader.uint()
    else if (reader.field === LINK.flags) link.flags = reader.fixed32()
  }
  return link
}
