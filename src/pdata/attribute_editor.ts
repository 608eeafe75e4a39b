import type { Attributes, AttributeValue } from './attributes.ts'
import { textOf } from './fixed.ts'
import { decodeAnyValue, KeyValueReader } from './otlp_any_value.ts'
import { ANY_VALUE, encodeAnyValue, KEY_VALUE } from './otlp_attributes.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'

const NOTHING = Buffer.alloc(0)

/** The name of an attribute, ready to be looked up in bytes: make it once. */
export class AttributeKey {
  readonly text: string
  readonly bytes: Buffer

  constructor(text: string) {
    this.text = text
    this.bytes = Buffer.from(text)
  }
}

/** What an attribute's value is: the field of `AnyValue` that is set, 0 where none is. */
export type ValueType = 0 | (typeof ANY_VALUE)[keyof typeof ANY_VALUE]

/** What became of an attribute. */
const STATE = { kept: 0, set: 1, removed: 2 } as const

/**
 * The attributes of one item after the other, over the bytes of the item: looked up, set and removed
 * without decoding the others. It stands for one item until `over` is called for the next; what it
 * was over is not changed, `write` makes the item anew. The last attributes it saw keep their numbers
 * while others are added or removed.
 */
export class AttributeEditor {
  /** True once an attribute has been set or removed. */
  changed = false
  #bytes: Buffer = NOTHING
  #from = 0
  #to = 0
  #field = 0
  /** Attributes, removed ones included; -1 while nobody has asked. */
  #count = -1
  /** Those that the item came with; the others were added. */
  #original = 0
  readonly #states: number[] = []
  /** Where each field begins and ends in the item. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  readonly #keyBytes: Buffer[] = []
  readonly #keyFrom: number[] = []
  readonly #keyTo: number[] = []
  readonly #valueBytes: Buffer[] = []
  readonly #valueFrom: number[] = []
  readonly #valueTo: number[] = []
  readonly #reader = new ProtoReader()
  readonly #pair = new KeyValueReader()

  /** Begins with the message in `bytes` from `from` up to `to`, whose `KeyValue`s are in field `field`. */
  over(bytes: Buffer, from: number, to: number, field: number): this {
    this.#bytes = bytes
    this.#from = from
    this.#to = to
    this.#field = field
    this.#count = -1
    this.#original = 0
    this.changed = false
    return this
  }

  /** Numbers run up to this one; ask `has` which of them are there still. */
  get length(): number {
    if (this.#count < 0) this.#index()
    return this.#count
  }

  /** False for an attribute that was removed. */
  has(i: number): boolean {
    return this.#states[i] !== STATE.removed
  }

  /** The number of the attribute, the first one of that name; -1 where there is none. */
  find(key: AttributeKey): number {
    return this.#findFrom(key, 0)
  }

  /** The next attribute of that name behind `i`, which no sender should make; -1 where there is none. */
  findNext(key: AttributeKey, i: number): number {
    return this.#findFrom(key, i + 1)
  }

  /** The name of attribute `i`. */
  key(i: number): string {
    return textOf(this.#keyBytes[i] as Buffer, this.#keyFrom[i] as number, this.#keyTo[i] as number)
  }

  /** Of what type the value of attribute `i` is. */
  type(i: number): ValueType {
    const bytes = this.#valueBytes[i] as Buffer
    const from = this.#valueFrom[i] as number
    const to = this.#valueTo[i] as number
    // Nearly all values are one field of a number below 16.
    return isShortText(bytes, from, to) ? ANY_VALUE.string : typeOf(bytes, from, to)
  }

  /** The value of attribute `i`. A double that is a whole number cannot be told from an int: see `type`. */
  value(i: number): AttributeValue {
    const from = this.#valueFrom[i] as number
    return decodeAnyValue(this.#valueBytes[i] as Buffer, from, this.#valueTo[i] as number)
  }

  /** The text of attribute `i`, undefined where it is none. */
  text(i: number): string | undefined {
    const bytes = this.#valueBytes[i] as Buffer
    const from = this.#valueFrom[i] as number
    const to = this.#valueTo[i] as number
    if (isShortText(bytes, from, to)) return textOf(bytes, from + 2, to)
    return this.type(i) === ANY_VALUE.string ? (this.value(i) as string) : undefined
  }

  /** The `AnyValue` of attribute `i` as bytes: a view, for those who compare or keep it. */
  encoded(i: number): Buffer {
    return (this.#valueBytes[i] as Buffer).subarray(this.#valueFrom[i], this.#valueTo[i])
  }

  /** Sets an attribute to an encoded `AnyValue`: in its place where there is one, else behind the others. */
  set(key: AttributeKey, value: Buffer): void {
    this.setAt(this.#placeFor(key), value)
  }

  /** As `set`, to the value of attribute `source`, whatever its type. */
  setFrom(key: AttributeKey, source: number): void {
    const bytes = this.#valueBytes[source] as Buffer
    const from = this.#valueFrom[source] as number
    const to = this.#valueTo[source] as number
    this.#put(this.#placeFor(key), bytes, from, to)
  }

  /** Gives attribute `i` another value, an encoded `AnyValue`. */
  setAt(i: number, value: Buffer): void {
    this.#put(i, value, 0, value.length)
  }

  /** Removes attribute `i`. */
  removeAt(i: number): void {
    this.#states[i] = STATE.removed
    this.changed = true
  }

  /** Removes all attributes of that name; false where there was none. */
  remove(key: AttributeKey): boolean {
    let i = this.#findFrom(key, 0)
    if (i < 0) return false
    for (; i >= 0; i = this.#findFrom(key, i + 1)) this.removeAt(i)
    return true
  }

  /** The attributes that are there now, decoded. */
  all(): Attributes {
    const all = new Map<string, AttributeValue>()
    for (let i = 0; i < this.length; i++) {
      const key = this.key(i)
      if (this.has(i) && !all.has(key)) all.set(key, this.value(i))
    }
    return Object.fromEntries(all)
  }

  /** Writes the message as it is now: all its other fields, unknown ones among them, are copied. */
  write(out: ProtoWriter): void {
    const bytes = this.#bytes
    let end = this.#to
    for (let i = this.#count - 1; i >= 0; i--) {
      const state = this.#states[i]
      if (state === STATE.kept) continue
      if (i < this.#original) {
        const behind = this.#ends[i] as number
        out.rawSlice(bytes, behind, end - behind)
        end = this.#starts[i] as number
      }
      if (state === STATE.set) this.#writeAttribute(i, out)
    }
    out.rawSlice(bytes, this.#from, end - this.#from)
  }

  /** The same, as a buffer of its own. */
  toBytes(): Buffer {
    const out = new ProtoWriter(this.#to - this.#from + 256)
    this.write(out)
    return out.toBytes()
  }

  #writeAttribute(i: number, out: ProtoWriter): void {
    const mark = out.mark()
    const valueFrom = this.#valueFrom[i] as number
    const valueLength = (this.#valueTo[i] as number) - valueFrom
    out.rawSlice(this.#valueBytes[i] as Buffer, valueFrom, valueLength)
    out.varint(valueLength)
    out.tag(KEY_VALUE.value, WIRE.bytes)
    const keyFrom = this.#keyFrom[i] as number
    const keyLength = (this.#keyTo[i] as number) - keyFrom
    out.rawSlice(this.#keyBytes[i] as Buffer, keyFrom, keyLength)
    out.varint(keyLength)
    out.tag(KEY_VALUE.key, WIRE.bytes)
    out.message(this.#field, mark)
  }

  /** The number of the attribute of that name, the only one then; a new one where there is none. */
  #placeFor(key: AttributeKey): number {
    const found = this.#findFrom(key, 0)
    if (found < 0) return this.#add(key)
    for (let i = this.#findFrom(key, found + 1); i >= 0; i = this.#findFrom(key, i + 1)) {
      this.removeAt(i)
    }
    return found
  }

  #add({ bytes }: AttributeKey): number {
    const i = this.#count++
    this.#keyBytes[i] = bytes
    this.#keyFrom[i] = 0
    this.#keyTo[i] = bytes.length
    return i
  }

  #put(i: number, bytes: Buffer, from: number, to: number): void {
    this.#valueBytes[i] = bytes
    this.#valueFrom[i] = from
    this.#valueTo[i] = to
    this.#states[i] = STATE.set
    this.changed = true
  }

  #findFrom({ bytes: wanted }: AttributeKey, start: number): number {
    if (this.#count < 0) this.#index()
    const length = wanted.length
    for (let i = start; i < this.#count; i++) {
      const from = this.#keyFrom[i] as number
      if ((this.#keyTo[i] as number) - from !== length || this.#states[i] === STATE.removed)
        continue
      if (isAt(wanted, this.#keyBytes[i] as Buffer, from, length)) return i
    }
    return -1
  }

  #index(): void {
    const bytes = this.#bytes
    const pair = this.#pair
    const reader = this.#reader.over(bytes, this.#from, this.#to)
    let count = 0
    while (reader.next()) {
      if (reader.field !== this.#field || reader.wire !== WIRE.bytes) continue
      pair.over(bytes, reader.from, reader.to)
      this.#states[count] = STATE.kept
      this.#starts[count] = reader.at
      this.#ends[count] = reader.to
      this.#keyBytes[count] = this.#valueBytes[count] = bytes
      this.#keyFrom[count] = pair.keyFrom
      this.#keyTo[count] = pair.keyTo
      this.#valueFrom[count] = pair.valueFrom
      this.#valueTo[count] = pair.valueTo
      count++
    }
    this.#count = this.#original = count
  }
}

function isAt(wanted: Buffer, bytes: Buffer, from: number, length: number): boolean {
  // The ends of keys differ more often than their beginnings do.
  for (let n = length - 1; n >= 0; n--) if (wanted[n] !== bytes[from + n]) return false
  return true
}

/** A text of less than 128 bytes, and nothing behind it. */
function isShortText(bytes: Buffer, from: number, to: number): boolean {
  const length = bytes[from + 1] as number
  return bytes[from] === STRING_TAG && length < 0x80 && from + 2 + length === to
}

const STRING_TAG = (ANY_VALUE.string << 3) | WIRE.bytes
const types = new ProtoReader()
const TYPE_WIRES: Readonly<Record<number, number>> = {
  [ANY_VALUE.string]: WIRE.bytes,
  [ANY_VALUE.bool]: WIRE.varint,
  [ANY_VALUE.int]: WIRE.varint,
  [ANY_VALUE.double]: WIRE.fixed64,
  [ANY_VALUE.array]: WIRE.bytes,
  [ANY_VALUE.kvlist]: WIRE.bytes,
  [ANY_VALUE.bytes]: WIRE.bytes,
}

/** Of what type the `AnyValue` in `bytes` from `from` up to `to` is; the last field counts. */
export function typeOf(bytes: Buffer, from: number, to: number): ValueType {
  const reader = types.over(bytes, from, to)
  let type = 0
  while (reader.next()) if (TYPE_WIRES[reader.field] === reader.wire) type = reader.field
  return type as ValueType
}

const values = new ProtoWriter(1024)

/** A value as the bytes of an `AnyValue`, for `AttributeEditor.set`. */
export function encodedValue(value: AttributeValue): Buffer {
  values.reset()
  encodeAnyValue(value, values)
  return values.toBytes()
}

/** A double as the bytes of an `AnyValue`, also where it is a whole number. */
export function encodedDouble(value: number): Buffer {
  values.reset()
  values.double(ANY_VALUE.double, value)
  return values.toBytes()
}
