import type { AttributeValue } from './attributes.ts'
import { encodeSpan } from './otlp_traces.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { randomnessOf } from './trace_state.ts'
import type { Span, SpanKind, SpanList, StatusCode } from './traces.ts'

/** W3C trace flag. */
const SAMPLED = 0x01

/** A list of spans that are decoded already: for processors that make or change whole spans. */
export class SpanArray implements SpanList {
  readonly #spans: readonly Span[]

  constructor(spans: readonly Span[]) {
    this.#spans = spans
  }

  get length(): number {
    return this.#spans.length
  }

  at(i: number): Span {
    return this.#spans[i] as Span
  }

  encode(i: number, out: ProtoWriter): void {
    encodeSpan(this.at(i), out)
  }

  name(i: number): string {
    return this.at(i).name
  }

  kind(i: number): SpanKind {
    return this.at(i).kind
  }

  status(i: number): StatusCode {
    return this.at(i).status.code
  }

  startMs(i: number): number {
    const { startNs } = this.at(i)
    return Number(startNs / 1_000_000n) + Number(startNs % 1_000_000n) / 1e6
  }

  durationNs(i: number): number {
    const span = this.at(i)
    return Math.max(0, Number(span.endNs - span.startNs))
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    return this.at(i).attributes[key]
  }

  randomness(i: number): number {
    const { traceId, traceState } = this.at(i)
    return randomnessOf(traceId, traceState)
  }

  traceState(i: number): string {
    return this.at(i).traceState
  }

  sampledUpstream(i: number): boolean {
    return (this.at(i).flags & SAMPLED) !== 0
  }

  slice(from: number, to: number): SpanList {
    return new SpanArray(this.#spans.slice(from, to))
  }
}
