import { ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'
import { ListDraft } from './list_draft.ts'
import { MapDraft } from './map_draft.ts'
import type { Value } from './values.ts'

/** Fields have numbers below this; OTLP's messages have no greater ones. */
const FIELDS = 20
const NOTHING = Buffer.alloc(0)
/** What is no field of its own to this: above `FIELDS`, and below the number of bits. */
const KIND = { attribute: 30, other: 29 } as const

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
  /** All fields in their order: what each is (`KIND` or its number), and where it begins. */
  #kinds = new Uint8Array(32)
  #starts = new Int32Array(32)
  #count = 0
  /** Where the last of them ends. */
  #end = 0
  #bytes: Buffer = NOTHING
  #from = 0
  #to = 0
  #isIndexed = false
  /** A bit for each field that may have been set, opened or renumbered. */
  #touched = 0

  constructor(type: MessageType) {
    this.#type = type
  }

  /** Begins with the message in `bytes` from `from` up to `to`. */
  over(bytes: Buffer, from: number, to: number): this {
    this.#bytes = bytes
    this.#from = from
    this.#to = to
    this.#isIndexed = false
    if (this.#touched !== 0) this.#forget()
    return this
  }

  #forget(): void {
    for (let rest = this.#touched; rest !== 0; rest &= rest - 1) {
      const i = lowest(rest)
      this.#childOpen[i] = this.#listOpen[i] = this.#isSet[i] = 0
      this.#renumbered[i] = this.#cameAs[i] = 0
    }
    this.#touched = 0
  }

  /** True where it is to be written anew. */
  get changed(): boolean {
    return this.#isMapChanged || (this.#touched !== 0 && this.#rewritten() !== 0)
  }

  get #isMapChanged(): boolean {
    return this.#isIndexed && this.#map.changed
  }

  /** A bit for each field that is written otherwise. */
  #rewritten(): number {
    let fields = 0
    for (let rest = this.#touched; rest !== 0; rest &= rest - 1) {
      const i = lowest(rest)
      if (this.#isSet[i] || this.#renumbered[i] || this.#childChanged(i) || this.#listChanged(i))
        fields |= 1 << i
    }
    return fields
  }

  /** The message's attributes. */
  get attributes(): MapDraft {
    if (!this.#isIndexed) this.#index()
    return this.#map
  }

  /** Whether a field is there, with whatever value. */
  has(field: number): boolean {
    if (this.#touched !== 0) {
      if (this.#isSet[field]) return this.#types[field] !== undefined
      if (this.#renumbered[field]) return false
      if (this.#cameAs[field]) return true
    }
    return this.#place(field) >= 0
  }

  get(type: FieldType): Value {
    const { number } = type
    if (this.#touched !== 0 && this.#isSet[number]) {
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
    const field = (this.#touched !== 0 && this.#cameAs[named]) || named
    const child = (this.#children[field] ??= new MessageDraft(type))
    if (this.#childOpen[field]) return child
    this.#childOpen[field] = 1
    this.#touched |= 1 << field
    const at = this.#place(field)
    const reader = this.#reader.over(this.#bytes, at < 0 ? 0 : at, at < 0 ? 0 : this.#to)
    if (!reader.next() || reader.wire !== WIRE.bytes) return child.over(NOTHING, 0, 0)
    return child.over(this.#bytes, reader.from, reader.to)
  }

  /** Writes the message in a field under another number from now on. */
  renumber(field: number, to: number): void {
    const origin = this.#cameAs[field] || field
    this.#touched |= (1 << field) | (1 << origin) | (1 << to)
    this.#cameAs[field] = 0
    this.#renumbered[origin] = origin === to ? 0 : to
    if (origin !== to) this.#cameAs[to] = origin
  }

  /** The messages of a repeated field. */
  list(field: number): ListDraft {
    const list = (this.#lists[field] ??= new ListDraft())
    if (this.#listOpen[field]) return list
    this.#listOpen[field] = 1
    this.#touched |= 1 << field
    list.over(this.#bytes)
    const reader = this.#reader.over(this.#bytes, this.#from, this.#to)
    while (reader.next()) if (reader.field === field && reader.wire === WIRE.bytes) list.add(reader)
    return list
  }

  /** Writes the fields in front of `out`. */
  encode(out: ProtoWriter): void {
    const fields = this.#rewritten()
    const isMapChanged = this.#isMapChanged
    if (fields === 0 && !isMapChanged) {
      return out.rawSlice(this.#bytes, this.#from, this.#to - this.#from)
    }
    for (let rest = fields; rest !== 0;) {
      const i = 31 - Math.clz32(rest)
      this.#encodeField(i, out)
      rest ^= 1 << i
    }
    if (isMapChanged) this.#map.encode(this.#type.attributes, out)
    this.#copyOthers(fields, isMapChanged, out)
  }

  #encodeField(i: number, out: ProtoWriter): void {
    if (this.#isSet[i]) this.#types[i]?.write(this.#values[i] as Value, out)
    else if (this.#childChanged(i) || this.#renumbered[i]) {
      const mark = out.mark()
      this.#children[i]?.encode(out)
      out.message(this.#renumbered[i] || i, mark)
    } else if (this.#listChanged(i)) this.#lists[i]?.encode(i, out)
  }

  /** Fields that stay and follow each other are copied in one piece, and so is what cannot be read. */
  #copyOthers(fields: number, isMapChanged: boolean, out: ProtoWriter): void {
    if (!this.#isIndexed) this.#index()
    const written = isMapChanged ? fields | (1 << KIND.attribute) : fields
    let [end, next] = [this.#to, this.#end]
    for (let i = this.#count - 1; i >= 0; i--) {
      const start = this.#starts[i] as number
      if ((written & (1 << (this.#kinds[i] as number))) !== 0) {
        if (end > next) out.rawSlice(this.#bytes, next, end - next)
        end = start
      }
      next = start
    }
    if (end > this.#from) out.rawSlice(this.#bytes, this.#from, end - this.#from)
  }

  #childChanged(i: number): boolean {
    return this.#childOpen[i] === 1 && (this.#children[i] as MessageDraft).changed
  }

  #listChanged(i: number): boolean {
    return this.#listOpen[i] === 1 && (this.#lists[i] as ListDraft).changed
  }

  #put(field: number, type: FieldType | undefined, value: Value): void {
    this.#touched |= 1 << field
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
    this.#count = 0
    this.#end = this.#from
    while (reader.next()) {
      const { field } = reader
      let kind = field
      if (field === attributes) kind = reader.wire === WIRE.bytes ? KIND.attribute : KIND.other
      else if (field >= FIELDS) kind = KIND.other
      if (kind === KIND.attribute) map.add(reader)
      else if (field < FIELDS) this.#at[field] = reader.at
      this.#note(kind, reader)
    }
  }

  #note(kind: number, { at, to }: ProtoReader): void {
    const i = this.#count++
    if (i === this.#starts.length) this.#grow()
    this.#kinds[i] = kind
    this.#starts[i] = at
    this.#end = to
  }

  #grow(): void {
    const [kinds, starts] = [this.#kinds, this.#starts]
    this.#kinds = new Uint8Array(kinds.length * 2)
    this.#kinds.set(kinds)
    this.#starts = new Int32Array(starts.length * 2)
    this.#starts.set(starts)
  }
}

/** The number of the lowest bit that is set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
