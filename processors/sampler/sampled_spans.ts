import type { AttributeValue } from '../../src/pdata/attributes.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import { encodeSpan, SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { withThreshold } from '../../src/pdata/trace_state.ts'
import type { Span, SpanKind, SpanList, StatusCode } from '../../src/pdata/traces.ts'
import { VERDICT, type Verdict } from './judge.ts'
import { lower } from './threshold.ts'

/** What a kept span says about how likely it was to be kept. */
export interface Mark {
  /** The threshold for its trace state. */
  readonly th: string
  /** A trace state of that alone, encoded as the field of a `Span`. */
  readonly field: Buffer
}

/** The mark of spans that were kept with a threshold. */
export function markOf(th: string): Mark {
  const out = new ProtoWriter(64)
  out.string(SPAN.traceState, withThreshold('', th))
  return { th, field: out.toBytes() }
}

/** The mark of spans that were kept as whoever began their trace kept it: with that threshold. */
export const UPSTREAM: Mark = { th: '', field: Buffer.alloc(0) }

/** For each verdict the mark of spans that it keeps; undefined where their trace state stays. */
export type Marks = Readonly<Record<Verdict, Mark | undefined>>

/** Bits of a pick that hold the verdict. */
const VERDICT_BITS = 2

/** A span's place in its list, and why it is kept, as one number. */
export function pickOf(row: number, verdict: Verdict): number {
  return (row << VERDICT_BITS) | verdict
}

/** Some spans of a list, in its order and over the same memory, each with its mark. */
export class SampledSpans implements SpanList {
  readonly length: number
  readonly #list: SpanList
  readonly #picks: Uint32Array
  readonly #marks: Marks
  readonly #from: number

  /** @param picks made by `pickOf`; the list's are those from `from` up to `to` */
  constructor(list: SpanList, picks: Uint32Array, marks: Marks, from = 0, to = picks.length) {
    this.#list = list
    this.#picks = picks
    this.#marks = marks
    this.#from = from
    this.length = to - from
  }

  #row(i: number): number {
    return (this.#picks[this.#from + i] as number) >>> VERDICT_BITS
  }

  #mark(i: number): Mark | undefined {
    const verdict = (this.#picks[this.#from + i] as number) & ((1 << VERDICT_BITS) - 1)
    return this.#marks[verdict as Verdict]
  }

  /** The threshold that is to be in its trace state, or empty. */
  #threshold(i: number): string {
    const mark = this.#mark(i)
    if (mark !== UPSTREAM) return mark?.th ?? ''
    const upstream = this.#list.upstreamThreshold?.(this.#row(i)) ?? ''
    // What whoever began the trace has not kept may be in the share: those in it are all here.
    return upstream === '' ? '' : lower(upstream, this.#marks[VERDICT.chance]?.th ?? '')
  }

  at(i: number): Span {
    return { ...this.#list.at(this.#row(i)), traceState: this.traceState(i) }
  }

  encode(i: number, out: ProtoWriter): void {
    const row = this.#row(i)
    const mark = this.#mark(i)
    const th = this.#threshold(i)
    if (mark === undefined || th === '') return this.#list.encode(row, out)
    // A field that stands twice is no error in protobuf, and yet not every reader takes it well.
    if (mark === UPSTREAM || this.#list.traceState(row) !== '') return this.#encodeWhole(i, out)
    out.raw(mark.field)
    this.#list.encode(row, out)
  }

  #encodeWhole(i: number, out: ProtoWriter): void {
    if (this.#list.encodeWithState === undefined) return encodeSpan(this.at(i), out)
    this.#list.encodeWithState(this.#row(i), this.traceState(i), out)
  }

  name(i: number): string {
    return this.#list.name(this.#row(i))
  }

  kind(i: number): SpanKind {
    return this.#list.kind(this.#row(i))
  }

  status(i: number): StatusCode {
    return this.#list.status(this.#row(i))
  }

  startMs(i: number): number {
    return this.#list.startMs(this.#row(i))
  }

  durationNs(i: number): number {
    return this.#list.durationNs(this.#row(i))
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    return this.#list.attribute(this.#row(i), key)
  }

  http(i: number): HttpSpan | undefined {
    return this.#list.http?.(this.#row(i))
  }

  randomness(i: number): number {
    return this.#list.randomness(this.#row(i))
  }

  traceState(i: number): string {
    const own = this.#list.traceState(this.#row(i))
    const th = this.#threshold(i)
    return th === '' ? own : withThreshold(own, th)
  }

  sampledUpstream(i: number): boolean {
    return this.#list.sampledUpstream(this.#row(i))
  }

  slice(from: number, to: number): SpanList {
    const start = this.#from
    return new SampledSpans(this.#list, this.#picks, this.#marks, start + from, start + to)
  }
}
