import type { AttributeValue } from './attributes.ts'
import type { EncodedItems } from './encoded_items.ts'
import { hexOf, readFixed64, textOf } from './fixed.ts'
import { findAttribute } from './otlp_any_value.ts'
import { writeWithout } from './otlp_edit.ts'
import { SPAN } from './otlp_traces.ts'
import { decodeSpan } from './otlp_span.ts'
import type { ProtoReader } from './proto_reader.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { SpanPlaces } from './span_places.ts'
import { RANDOM_BITS, randomnessOf } from './trace_state.ts'
import type { Span, SpanKind, SpanList, StatusCode } from './traces.ts'

/** W3C trace flag. */
const SAMPLED = 0x01
const TRACE_ID_BYTES = 16
/** Where the last 56 bits begin in a trace id. */
const RANDOM_START = 9

/**
 * Spans over the bytes of a request: a field is read when it is asked for, and what nobody changes is
 * copied. A field that cannot be read is as one that is not there.
 */
export class EncodedSpanList implements SpanList {
  readonly items: EncodedItems
  readonly length: number

  constructor(items: EncodedItems) {
    this.items = items
    this.length = items.length
  }

  at(i: number): Span {
    const { bytes } = this.items
    return decodeSpan(bytes, this.items.start(i), this.items.end(i))
  }

  encode(i: number, out: ProtoWriter): void {
    this.items.write(i, out)
  }

  encodeWithState(i: number, traceState: string, out: ProtoWriter): void {
    const { items } = this
    const isState = ({ field }: ProtoReader) => field === SPAN.traceState
    writeWithout(items.bytes, items.start(i), items.end(i), isState, out)
    out.string(SPAN.traceState, traceState)
  }

  encodeAll(out: ProtoWriter): void {
    this.items.writeAll(out)
  }

  get byteLength(): number {
    return this.items.byteLength
  }

  name(i: number): string {
    const { nameFrom, nameTo } = this.#places(i)
    return textOf(this.items.bytes, nameFrom, nameTo)
  }

  kind(i: number): SpanKind {
    return this.#places(i).kind
  }

  status(i: number): StatusCode {
    return this.#places(i).status
  }

  startMs(i: number): number {
    const { start } = this.#places(i)
    return start < 0 ? 0 : readFixed64(this.items.bytes, start) / 1e6
  }

  durationNs(i: number): number {
    return Math.max(0, this.#places(i).elapsedNs(this.items.bytes))
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    const { items } = this
    return findAttribute(items.bytes, items.start(i), items.end(i), SPAN.attributes, key)
  }

  randomness(i: number): number {
    const { traceFrom, traceTo, stateFrom, stateTo } = this.#places(i)
    const { bytes } = this.items
    if (traceTo - traceFrom !== TRACE_ID_BYTES) return 0
    if (stateFrom !== stateTo) {
      return randomnessOf(hexOf(bytes, traceFrom, traceTo), textOf(bytes, stateFrom, stateTo))
    }
    return bytes.readUInt32BE(traceFrom + RANDOM_START) >>> (32 - RANDOM_BITS)
  }

  traceState(i: number): string {
    const { stateFrom, stateTo } = this.#places(i)
    return textOf(this.items.bytes, stateFrom, stateTo)
  }

  sampledUpstream(i: number): boolean {
    return (this.#places(i).flags & SAMPLED) !== 0
  }

  slice(from: number, to: number): SpanList {
    return new EncodedSpanList(this.items.slice(from, to))
  }

  #places(i: number): SpanPlaces {
    return places.of(this.items, i)
  }
}

const places = new SpanPlaces()
