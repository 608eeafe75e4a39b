import type { EncodedItems } from './encoded_items.ts'
import { readFixed32 } from './fixed.ts'
import { KEY_VALUE } from './otlp_attributes.ts'
import { KeyValueReader } from './otlp_any_value.ts'
import { spanKind, statusCode } from './otlp_span.ts'
import { SPAN, STATUS } from './otlp_traces.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { SPAN_KIND, STATUS_CODE } from './traces.ts'
import type { SpanKind, StatusCode } from './traces.ts'

/** Where the fields of one encoded span stand, or what they are: found in one pass. */
export class SpanPlaces {
  nameFrom = 0
  nameTo = 0
  traceFrom = 0
  traceTo = 0
  idFrom = 0
  idTo = 0
  parentFrom = 0
  parentTo = 0
  stateFrom = 0
  stateTo = 0
  /** -1 where there is none, as `end`. */
  start = -1
  end = -1
  kind: SpanKind = SPAN_KIND.internal
  status: StatusCode = STATUS_CODE.unset
  flags = 0
  /** Number of events and of links. */
  events = 0
  links = 0
  readonly #wanted: WantedAttributes | undefined
  #items: EncodedItems | undefined
  #index = -1
  readonly #reader = new ProtoReader()
  readonly #status = new ProtoReader()

  /** @param wanted attributes to look for on the way */
  constructor(wanted?: WantedAttributes) {
    this.#wanted = wanted
  }

  /** Those of span `i`, until the next call. */
  of(items: EncodedItems, i: number): this {
    if (items === this.#items && i === this.#index) return this
    this.#items = items
    this.#index = i
    this.#clear()
    const reader = this.#reader.over(items.bytes, items.start(i), items.end(i))
    while (reader.next()) this.#take(reader)
    return this
  }

  /** End minus start in nanoseconds: negative where the span ends before it starts, 0 where either is missing. */
  elapsedNs(bytes: Buffer): number {
    const { start, end } = this
    if (start < 0 || end < 0) return 0
    // The difference of the halves is exact where that of two rounded numbers is not.
    const high = readFixed32(bytes, end + 4) - readFixed32(bytes, start + 4)
    const low = readFixed32(bytes, end) - readFixed32(bytes, start)
    return high * 2 ** 32 + low
  }

  #clear(): void {
    this.nameFrom = this.nameTo = this.traceFrom = this.traceTo = this.stateFrom = this.stateTo = 0
    this.idFrom = this.idTo = this.parentFrom = this.parentTo = 0
    this.start = this.end = -1
    this.kind = SPAN_KIND.internal
    this.status = STATUS_CODE.unset
    this.flags = this.events = this.links = 0
    this.#wanted?.clear()
  }

  #take(reader: ProtoReader): void {
    const { field, wire, from, to } = reader
    if (wire === WIRE.bytes) return this.#takeBytes(reader.bytes, field, from, to)
    if (wire === WIRE.fixed64) {
      if (field === SPAN.start) this.start = from
      else if (field === SPAN.end) this.end = from
    } else if (wire === WIRE.varint) {
      if (field === SPAN.kind) this.kind = spanKind(reader.uint())
    } else if (field === SPAN.flags) this.flags = readFixed32(reader.bytes, from)
  }

  #takeBytes(bytes: Buffer, field: number, from: number, to: number): void {
    switch (field) {
      case SPAN.attributes:
        this.#wanted?.take(bytes, from, to)
        return
      case SPAN.name:
        this.nameFrom = from
        this.nameTo = to
        return
      case SPAN.traceId:
        this.traceFrom = from
        this.traceTo = to
        return
      case SPAN.spanId:
        this.idFrom = from
        this.idTo = to
        return
      case SPAN.parentSpanId:
        this.parentFrom = from
        this.parentTo = to
        return
      case SPAN.traceState:
        this.stateFrom = from
        this.stateTo = to
        return
      case SPAN.events:
        this.events++
        return
      case SPAN.links:
        this.links++
        return
      case SPAN.status:
        this.#takeStatus(bytes, from, to)
    }
  }

  #takeStatus(bytes: Buffer, from: number, to: number): void {
    const reader = this.#status.over(bytes, from, to)
    while (reader.next()) {
      if (reader.field === STATUS.code && reader.wire === WIRE.varint) {
        this.status = statusCode(reader.uint())
      }
    }
  }
}

const KEY_TAG = (KEY_VALUE.key << 3) | WIRE.bytes
const BUCKETS = 256

/**
 * Attributes by their keys, looked for while others are read: a key is compared with those alone that
 * have its length and its last byte.
 */
export class WantedAttributes {
  /** Where the value of each key begins, an `AnyValue`; -1 where the item has no such attribute. */
  readonly from: Int32Array
  /** Where it ends. */
  readonly to: Int32Array
  readonly #keys: readonly Buffer[]
  /** For each bucket, and for each key, the number of the next key of the bucket and 1; 0 for none. */
  readonly #first = new Uint16Array(BUCKETS)
  readonly #next: Uint16Array
  readonly #keyValue = new KeyValueReader()

  /** @param keys none of them twice; their order is that of `from` and `to` */
  constructor(keys: readonly string[]) {
    this.#keys = keys.map((key) => Buffer.from(key))
    this.#next = new Uint16Array(keys.length)
    this.from = new Int32Array(keys.length).fill(-1)
    this.to = new Int32Array(keys.length)
    this.#keys.forEach((key, n) => {
      const bucket = bucketOf(key, 0, key.length)
      this.#next[n] = this.#first[bucket] as number
      this.#first[bucket] = n + 1
    })
  }

  /** Forgets what was found. */
  clear(): void {
    const { from } = this
    for (let n = 0; n < from.length; n++) from[n] = -1
  }

  /** Looks at the `KeyValue` in `bytes`; of those with the same key the first counts. */
  take(bytes: Buffer, from: number, to: number): void {
    const length = bytes[from + 1] as number
    if (bytes[from] === KEY_TAG && length < 0x80 && from + 2 + length <= to) {
      if (this.#first[bucketOf(bytes, from + 2, from + 2 + length)] === 0) return
    }
    const { keyFrom, keyTo, valueFrom, valueTo } = this.#keyValue.over(bytes, from, to)
    const n = this.#find(bytes, keyFrom, keyTo)
    if (n < 0 || (this.from[n] as number) >= 0) return
    this.from[n] = valueFrom
    this.to[n] = valueTo
  }

  #find(bytes: Buffer, from: number, to: number): number {
    let n = this.#first[bucketOf(bytes, from, to)] as number
    while (n > 0 && !isAt(this.#keys[n - 1] as Buffer, bytes, from, to)) {
      n = this.#next[n - 1] as number
    }
    return n - 1
  }
}

function bucketOf(bytes: Buffer, from: number, to: number): number {
  return to === from ? 0 : (((to - from) * 31) ^ (bytes[to - 1] as number)) & (BUCKETS - 1)
}

function isAt(key: Buffer, bytes: Buffer, from: number, to: number): boolean {
  const { length } = key
  if (to - from !== length) return false
  for (let i = length - 1; i >= 0; i--) if (key[i] !== bytes[from + i]) return false
  return true
}
