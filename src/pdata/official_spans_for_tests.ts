import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { Resource, Scope } from './resource.ts'
import type { Span } from './traces.ts'

/** What OpenTelemetry's own serializer takes: a span of its SDK. */
export type OfficialSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number]

/** The same span as an object of OpenTelemetry's SDK, for comparison with its serializer. */
export function officialSpan(span: Span, resource: Resource, scope: Scope): OfficialSpan {
  const { traceId, spanId, parentSpanId, traceState, flags, name, kind } = span
  const traceFlags = flags & 0xff
  const isRemote = (flags & 0x200) !== 0
  const state = traceState && { traceState: { serialize: () => traceState } }
  return {
    name,
    kind: kind - 1,
    spanContext: () => ({ traceId, spanId, traceFlags, ...state }),
    ...(parentSpanId && {
      parentSpanContext: { traceId, spanId: parentSpanId, traceFlags, isRemote },
    }),
    startTime: hrTime(span.startNs),
    endTime: hrTime(span.endNs),
    status: { code: span.status.code, message: span.status.message },
    attributes: span.attributes,
    links: [],
    events: span.events.map(({ timeNs, name: event, attributes }) => ({
      name: event,
      time: hrTime(timeNs),
      attributes,
    })),
    duration: [0, 0],
    ended: true,
    resource: { attributes: resource.attributes },
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  } as unknown as OfficialSpan
}

/** Spans in the form of OTLP that OpenTelemetry's own serializer gives them. */
export function officialBytes(spans: OfficialSpan[]): Uint8Array {
  return ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array
}

function hrTime(ns: bigint): [number, number] {
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)]
}
