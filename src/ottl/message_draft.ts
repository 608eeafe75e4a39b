import { ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'
import { ListDraft } from './list_draft.ts'
import { MapDraft } from './map_draft.ts'
import type { Value } from './values.ts'

/** Fields have numbers below this; OTLP's messages have no greater ones. */
const FIELDS = 20
const NOTHING = Buffer.alloc(0)

/** How a field is read and written. */
export interface FieldType {
  readonly number: number
  /** The value of the field that the reader stands at. */
  readonly read: (reader: ProtoReader) => Value
  /** Writes the field; what is not there is not written. */
  readonly write: (value: Value, out: ProtoWriter) => void
  /** What stands for a field that is not there. */
  readonly absent: Value
  /** Fields that cannot be there beside this one. */
  readonly instead?: readonly number[]
}

/** What a message is made of, beside single fields. */
export interface MessageType {
  /** The field of its attributes, 0 where it has none. */
  readonly attributes: number
}

/**
 * A message to be read and changed without decoding it: fields are looked up when somebody asks, and
 * what nobody changes is copied. The bytes are never written to, so that whoever else has them keeps
 * what was there. One draft serves many messages, one after the other.
 */
export class MessageDraft {
  readonly #type: MessageType
  readonly #map = new MapDraft()
  readonly #reader = new ProtoReader()
  /** Where the last field of each number begins, -1 where there is none. */
  readonly #at = new Int32Array(FIELDS)
  readonly #children: (MessageDraft | undefined)[] = []
  readonly #childOpen = new Uint8Array(FIELDS)
  /** The number under which a child is written, where that is another one. */
  readonly #renumbered = new Uint8Array(FIELDS)
  /** The number under which a child came, where it is another one. */
  readonly #cameAs = new Uint8Array(FIELDS)
  readonly #lists: (ListDraft | undefined)[] = []
  readonly #listOpen = new Uint8Array(FIELDS)
  readonly #values: (Value | undefined)[] = []
  readonly #types: (FieldType | undefined)[] = []
  readonly #isSet = new Uint8Array(FIELDS)
  #bytes: Buffer = NOTHING
  #from = 0
  #to = 0
  #isIndexed = false
  #isTouched = false

  constructor(type: MessageType) {
    this.#type = type
  }

  /** Begins with the message in `bytes` from `from` up to `to`. */
  over(bytes: Buffer, from: number, to: number): this {
    this.#bytes = bytes
    this.#from = from
    this.#to = to
    this.#isIndexed = false
    if (!this.#isTouched) return this
    this.#isTouched = false
    this.#childOpen.fill(0)
    this.#listOpen.fill(0)
    this.#isSet.fill(0)
    this.#renumbered.fill(0)
    this.#cameAs.fill(0)
    return this
  }

  /** True where it is to be written anew. */
  get changed(): boolean {
    if (this.#isIndexed && this.#map.changed) return true
    if (!this.#isTouched) return false
    for (let i = 1; i < FIELDS; i++) {
      if (this.#isSet[i] || this.#renumbered[i] || this.#childChanged(i) || this.#listChanged(i))
        return true
    }
    return false
  }

  /** The message's attributes. */
  get attributes(): MapDraft {
    if (!this.#isIndexed) this.#index()
    return this.#map
  }

  /** Whether a field is there, with whatever value. */
  has(field: number): boolean {
    if (this.#isTouched) {
      if (this.#isSet[field]) return this.#types[field] !== undefined
      if (this.#renumbered[field]) return false
      if (this.#cameAs[field]) return true
    }
    return this.#place(field) >= 0
  }

  get(type: FieldType): Value {
    const { number } = type
    if (this.#isTouched && this.#isSet[number]) {
      return this.#types[number] === undefined ? type.absent : (this.#values[number] as Value)
    }
    const at = this.#place(number)
    if (at < 0) return type.absent
    const reader = this.#reader.over(this.#bytes, at, this.#to)
    reader.next()
    return type.read(reader)
  }

  set(type: FieldType, value: Value): void {
    this.#put(type.number, type, value)
    for (const other of type.instead ?? []) this.#put(other, undefined, null)
  }

  /** Takes a field out. */
  remove(field: number): void {
    this.#put(field, undefined, null)
  }

  /** The message in a field; one without fields where it is not there. */
  child(named: number, type: MessageType): MessageDraft {
    const field = (this.#isTouched && this.#cameAs[named]) || named
    const child = (this.#children[field] ??= new MessageDraft(type))
    if (this.#childOpen[field]) return child
    this.#childOpen[field] = 1
    this.#isTouched = true
    const at = this.#place(field)
    const reader = this.#reader.over(this.#bytes, at < 0 ? 0 : at, at < 0 ? 0 : this.#to)
    if (!reader.next() || reader.wire !== WIRE.bytes) return child.over(NOTHING, 0, 0)
    return child.over(this.#bytes, reader.from, reader.to)
  }

  /** Writes the message in a field under another number from now on. */
  renumber(field: number, to: number): void {
    this.#isTouched = true
    const origin = this.#cameAs[field] || field
    this.#cameAs[field] = 0
    this.#renumbered[origin] = origin === to ? 0 : to
    if (origin !== to) this.#cameAs[to] = origin
  }

  /** The messages of a repeated field. */
  list(field: number): ListDraft {
    const list = (this.#lists[field] ??= new ListDraft())
    if (this.#listOpen[field]) return list
    this.#listOpen[field] = 1
    this.#isTouched = true
    list.over(this.#bytes)
    const reader = this.#reader.over(this.#bytes, this.#from, this.#to)
    while (reader.next()) if (reader.field === field && reader.wire === WIRE.bytes) list.add(reader)
    return list
  }

  /** Writes the fields in front of `out`. */
  encode(out: ProtoWriter): void {
    if (!this.changed) return out.rawSlice(this.#bytes, this.#from, this.#to - this.#from)
    for (let i = FIELDS - 1; i > 0; i--) this.#encodeField(i, out)
    if (this.#isIndexed && this.#map.changed) this.#map.encode(this.#type.attributes, out)
    this.#copyOthers(out)
  }

  #encodeField(i: number, out: ProtoWriter): void {
    if (!this.#isTouched) return
    if (this.#isSet[i]) this.#types[i]?.write(this.#values[i] as Value, out)
    else if (this.#childChanged(i) || this.#renumbered[i]) {
      const mark = out.mark()
      this.#children[i]?.encode(out)
      out.message(this.#renumbered[i] || i, mark)
    } else if (this.#listChanged(i)) this.#lists[i]?.encode(i, out)
  }

  #copyOthers(out: ProtoWriter): void {
    const reader = this.#reader.over(this.#bytes, this.#from, this.#to)
    /** What stays: begins and ends, in turn. */
    const kept = [this.#from]
    while (reader.next()) if (this.#isWritten(reader)) kept.push(reader.at, reader.to)
    kept.push(this.#to)
    for (let i = kept.length - 2; i >= 0; i -= 2) {
      const start = kept[i] as number
      const length = (kept[i + 1] as number) - start
      if (length > 0) out.rawSlice(this.#bytes, start, length)
    }
  }

  /** True for a field that is written otherwise. */
  #isWritten({ field, wire }: ProtoReader): boolean {
    if (field === this.#type.attributes)
      return wire === WIRE.bytes && this.#isIndexed && this.#map.changed
    if (field >= FIELDS || !this.#isTouched) return false
    return Boolean(
      this.#isSet[field] ||
      this.#renumbered[field] ||
      this.#childChanged(field) ||
      this.#listChanged(field),
    )
  }

  #childChanged(i: number): boolean {
    return this.#childOpen[i] === 1 && (this.#children[i] as MessageDraft).changed
  }

  #listChanged(i: number): boolean {
    return this.#listOpen[i] === 1 && (this.#lists[i] as ListDraft).changed
  }

  #put(field: number, type: FieldType | undefined, value: Value): void {
    this.#isTouched = true
    this.#isSet[field] = 1
    this.#types[field] = type
    this.#values[field] = value
  }

  #place(field: number): number {
    if (!this.#isIndexed) this.#index()
    return this.#at[field] as number
  }

  #index(): void {
    this.#isIndexed = true
    this.#at.fill(-1)
    const { attributes } = this.#type
    const map = this.#map
    map.over(this.#bytes)
    const reader = this.#reader.over(this.#bytes, this.#from, this.#to)
    while (reader.next()) {
      const { field } = reader
      if (field === attributes && reader.wire === WIRE.bytes) map.add(reader)
      else if (field < FIELDS) this.#at[field] = reader.at
    }
  }
}
