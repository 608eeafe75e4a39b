import type { AttributeValue } from './attributes.ts'
import type { EncodedItems } from './encoded_items.ts'
import { hexOf, readFixed32, readFixed64, textOf } from './fixed.ts'
import { findAttribute } from './otlp_any_value.ts'
import { writeWithout } from './otlp_edit.ts'
import { SPAN, STATUS } from './otlp_traces.ts'
import { decodeSpan, spanKind, statusCode } from './otlp_span.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { RANDOM_BITS, randomnessOf } from './trace_state.ts'
import { SPAN_KIND, STATUS_CODE } from './traces.ts'
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
    const { start, end } = this.#places(i)
    const { bytes } = this.items
    if (start < 0 || end < 0) return 0
    // The difference of the halves is exact where that of two rounded numbers is not.
    const high = readFixed32(bytes, end + 4) - readFixed32(bytes, start + 4)
    const low = readFixed32(bytes, end) - readFixed32(bytes, start)
    return Math.max(0, high * 2 ** 32 + low)
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

/** Where the fields of one span stand, or what they are. */
class SpanPlaces {
  nameFrom = 0
  nameTo = 0
  traceFrom = 0
  traceTo = 0
  stateFrom = 0
  stateTo = 0
  /** -1 where there is none, as `end`. */
  start = -1
  end = -1
  kind: SpanKind = SPAN_KIND.internal
  status: StatusCode = STATUS_CODE.unset
  flags = 0
  #items: EncodedItems | undefined
  #index = -1
  readonly #reader = new ProtoReader()
  readonly #status = new ProtoReader()

  /** Those of span `i`, until the next call. */
  of(items: EncodedItems, i: number): this {
    if (items === this.#items && i === this.#index) return this
    this.#items = items
    this.#index = i
    this.nameFrom = this.nameTo = this.traceFrom = this.traceTo = this.stateFrom = this.stateTo = 0
    this.start = this.end = -1
    this.kind = SPAN_KIND.internal
    this.status = STATUS_CODE.unset
    this.flags = 0
    const reader = this.#reader.over(items.bytes, items.start(i), items.end(i))
    while (reader.next()) this.#take(reader)
    return this
  }

  #take(reader: ProtoReader): void {
    const { field, wire, from, to } = reader
    if (wire === WIRE.bytes) return this.#takeBytes(field, from, to)
    if (wire === WIRE.fixed64) {
      if (field === SPAN.start) this.start = from
      else if (field === SPAN.end) this.end = from
    } else if (wire === WIRE.varint) {
      if (field === SPAN.kind) this.kind = spanKind(reader.uint())
    } else if (field === SPAN.flags) this.flags = readFixed32(reader.bytes, from)
  }

  #takeBytes(field: number, from: number, to: number): void {
    if (field === SPAN.name) {
      this.nameFrom = from
      this.nameTo = to
    } else if (field === SPAN.traceId) {
      this.traceFrom = from
      this.traceTo = to
    } else if (field === SPAN.traceState) {
      this.stateFrom = from
      this.stateTo = to
    } else if (field === SPAN.status) this.#takeStatus(from, to)
  }

  #takeStatus(from: number, to: number): void {
    const reader = this.#status.over(this.#reader.bytes, from, to)
    while (reader.next()) {
      if (reader.field === STATUS.code && reader.wire === WIRE.varint) {
        this.status = statusCode(reader.uint())
      }
    }
  }
}

const places = new SpanPlaces()
