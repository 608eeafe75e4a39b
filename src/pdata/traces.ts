import type { Attributes, AttributeValue } from './attributes.ts'
import type { Delivery } from './delivery.ts'
import { NO_TOTALS, type TotalGroup } from './exchange_totals.ts'
import type { HttpSpan } from './http_span.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { GroupedBatch, type Groups } from './received.ts'
import type { Resource, Scope } from './resource.ts'

/** OTLP `Span.SpanKind`. */
export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const
/** One of OTLP's span kinds, as its number on the wire. */
export type SpanKind = (typeof SPAN_KIND)[keyof typeof SPAN_KIND]

/** OTLP `Status.StatusCode`. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const
/** One of OTLP's status codes, as its number on the wire. */
export type StatusCode = (typeof STATUS_CODE)[keyof typeof STATUS_CODE]

/** A span taken out of its list, every field decoded (OTLP `Span`). */
export interface Span {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  /** 16 lower-case hex digits, or empty for a root. */
  readonly parentSpanId: string
  readonly traceState: string
  /** W3C trace flags, and bits 8 and 9 of OTLP's `Span.flags`. */
  readonly flags: number
  readonly name: string
  readonly kind: SpanKind
  /** Nanoseconds since 1970. */
  readonly startNs: bigint
  /** Nanoseconds since 1970, at or after `startNs`. */
  readonly endNs: bigint
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly links?: readonly SpanLink[]
  /** What was left out before it came here. */
  readonly dropped?: {
    readonly attributes: number
    readonly events: number
    readonly links: number
  }
  readonly status: { readonly code: StatusCode; readonly message: string }
}

/** Something that happened during a span (OTLP `Span.Event`). */
export interface SpanEvent {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly name: string
  readonly attributes: Attributes
  /** Attributes that were left out before it came here. */
  readonly droppedAttributes?: number
}

/** Another span that a span has to do with (OTLP `Span.Link`). */
export interface SpanLink {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly spanId: string
  readonly traceState: string
  readonly attributes: Attributes
  /** Attributes that were left out before it came here. */
  readonly droppedAttributes?: number
  /** W3C trace flags, and bits 8 and 9 of OTLP's `Link.flags`. */
  readonly flags: number
}

/**
 * Spans, read one field at a time. Inference hands on views over kernel records: nothing is decoded
 * until somebody asks, so ask only for what is needed, and for `at(i)` only where a whole span is
 * wanted. Indices run from 0 to `length - 1`; others are the caller's bug and are not checked.
 */
export interface SpanList {
  readonly length: number
  /** The whole span, decoded. */
  at(i: number): Span
  /** Writes the fields of OTLP's `Span` message (without its tag and length) in front of `out`. */
  encode(i: number, out: ProtoWriter): void
  /** The same with this trace state in place of the span's own, where that can be done without decoding. */
  encodeWithState?(i: number, traceState: string, out: ProtoWriter): void
  /** Writes all spans as `ScopeSpans` has them, where that is cheaper than one by one. */
  encodeAll?(out: ProtoWriter): void
  /** Bytes of all spans in `ScopeSpans`, where they are known: ask `listBytes`. */
  readonly byteLength?: number
  name(i: number): string
  kind(i: number): SpanKind
  status(i: number): StatusCode
  /** Start in milliseconds since 1970, exact to about a microsecond. */
  startMs(i: number): number
  /** End minus start in nanoseconds, never negative. */
  durationNs(i: number): number
  attribute(i: number, key: string): AttributeValue | undefined
  /** The HTTP exchange behind the span, where the list has one that is read in place. */
  http?(i: number): HttpSpan | undefined
  /**
   * The first `RANDOM_BITS` of the trace's randomness: the same number for every span of a trace,
   * and each number equally likely. See trace_state.ts.
   */
  randomness(i: number): number
  /** The trace state (W3C `tracestate`), or empty. */
  traceState(i: number): string
  /**
   * Where the list has every span there was, whatever was left out where their traces began: the
   * threshold with which that was done, or empty. It is not in `traceState` then.
   */
  upstreamThreshold?(i: number): string
  /** True when the trace began before it came here, and was marked there as sampled. */
  sampledUpstream(i: number): boolean
  /** The spans from `from` up to, not including, `to`, over the same memory. */
  slice(from: number, to: number): SpanList
}

/** Spans of one resource and scope. */
export interface SpanGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly spans: SpanList
}

/** A batch of spans. */
export class Traces extends GroupedBatch<SpanGroup> {
  readonly kind = 'traces'
  /** Exchanges that have no span because they were counted in the kernel instead. */
  readonly totals: readonly TotalGroup[]

  constructor(
    groups: Groups<SpanGroup>,
    delivery: Delivery,
    totals: readonly TotalGroup[] = NO_TOTALS,
  ) {
    super(groups, delivery, ({ spans }) => spans.length)
    this.totals = totals
  }
}
