import { textOf } from '../pdata/fixed.ts'
import { valueOfShort } from '../pdata/otlp_any_value.ts'
import { KEY_VALUE } from '../pdata/otlp_attributes.ts'
import { ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'
import { decodeValue, encodeEntry } from './value_bytes.ts'
import type { Value } from './values.ts'

/** A key, and how it stands in a message. */
export interface KeyText {
  readonly text: string
  readonly bytes: Buffer
}

/** A key as `MapDraft` looks for it. */
export function keyText(text: string): KeyText {
  return { text, bytes: Buffer.from(text) }
}

/** What editors of maps need: a `Map` has it, and so have attributes that are bytes still. */
export interface EditableMap {
  readonly size: number
  keys(): Iterable<string>
  get(key: string): Value | undefined
  set(key: string, value: Value): unknown
  delete(key: string): unknown
  /** Changes the strings among the values that have more bytes than `longerThan`; undefined leaves one. */
  changeTexts?(longerThan: number, change: (text: string) => string | undefined): void
}

/** The keys of a map as they are now, whatever is done to it meanwhile. */
export function keysOf(map: EditableMap): string[] {
  return [...map.keys()]
}

/** Changes the strings of a map, as `EditableMap.changeTexts` does. */
export function changeTexts(
  map: EditableMap,
  longerThan: number,
  change: (text: string) => string | undefined,
): void {
  if (map.changeTexts) return map.changeTexts(longerThan, change)
  for (const key of keysOf(map)) {
    const value = map.get(key)
    const text = typeof value === 'string' ? change(value) : undefined
    if (text !== undefined) map.set(key, text)
  }
}

/** What became of an entry. */
const KEPT = 0
const REPLACED = 1
const DELETED = 2

/** Numbers of each entry: where the field, its key and its value begin and end. */
const NUMBERS = 6
const [AT, TO, KEY_FROM, KEY_TO, VALUE_FROM, VALUE_TO] = [0, 1, 2, 3, 4, 5] as const

/**
 * The attributes of a message, to be read and changed: an entry is decoded when somebody asks for it
 * and copied where nobody changes it. The bytes themselves are never written to. Of entries with the
 * same key the first is the one that counts.
 */
export class MapDraft implements EditableMap {
  changed = false
  #bytes: Buffer = Buffer.alloc(0)
  #count = 0
  /** Entries of the message; those after them are new, and `#texts` has their keys. */
  #received = 0
  #places = new Int32Array(32 * NUMBERS)
  #states = new Uint8Array(32)
  readonly #values: Value[] = []
  readonly #texts: (string | undefined)[] = []
  readonly #reader = new ProtoReader()

  /** Begins with the attributes of a message, none of which are known yet. */
  over(bytes: Buffer): void {
    this.#bytes = bytes
    this.#count = this.#received = 0
    this.changed = false
  }

  /** Adds the `KeyValue` that a reader of the message stands at. */
  add({ at, from, to }: ProtoReader): void {
    const i = this.#grow()
    const base = i * NUMBERS
    const places = this.#places
    places[base + AT] = at
    places[base + TO] = to
    const value = valueOfShort(this.#bytes, from, to)
    if (value < 0) this.#readEntry(base, from, to)
    else {
      places[base + KEY_FROM] = from + 2
      places[base + KEY_TO] = value - 2
      places[base + VALUE_FROM] = value
      places[base + VALUE_TO] = to
    }
    this.#received = this.#count
  }

  #readEntry(base: number, from: number, to: number): void {
    const places = this.#places
    places.fill(to, base + KEY_FROM, base + NUMBERS)
    const reader = this.#reader.over(this.#bytes, from, to)
    while (reader.next()) {
      if (reader.wire !== WIRE.bytes) continue
      if (reader.field === KEY_VALUE.key) {
        places[base + KEY_FROM] = reader.from
        places[base + KEY_TO] = reader.to
      } else if (reader.field === KEY_VALUE.value) {
        places[base + VALUE_FROM] = reader.from
        places[base + VALUE_TO] = reader.to
      }
    }
  }

  #grow(): number {
    const i = this.#count++
    if (i === this.#states.length) {
      const [places, states] = [this.#places, this.#states]
      this.#places = new Int32Array(places.length * 2)
      this.#places.set(places)
      this.#states = new Uint8Array(states.length * 2)
      this.#states.set(states)
    }
    this.#states[i] = KEPT
    this.#texts[i] = undefined
    return i
  }

  get size(): number {
    let size = 0
    for (let i = 0; i < this.#count; i++) if (this.#states[i] !== DELETED) size++
    return size
  }

  /** The keys as they are now: changes made meanwhile do not show. */
  keys(): string[] {
    const keys: string[] = []
    for (let i = 0; i < this.#count; i++) if (this.#states[i] !== DELETED) keys.push(this.#key(i))
    return keys
  }

  get(key: string): Value | undefined {
    return this.#valueAt(this.#findText(key))
  }

  /** As `get`, with a key that is known before. */
  find(key: KeyText): Value | undefined {
    return this.#valueAt(this.#find(key))
  }

  set(key: string, value: Value): void {
    this.#setAt(this.#findText(key), key, value)
  }

  /** As `set`, with a key that is known before. */
  put(key: KeyText, value: Value): void {
    this.#setAt(this.#find(key), key.text, value)
  }

  delete(key: string): void {
    // A second entry of that key would show again.
    for (let i = this.#findText(key); i >= 0; i = this.#findText(key)) {
      this.#states[i] = DELETED
      this.changed = true
    }
  }

  changeTexts(longerThan: number, change: (text: string) => string | undefined): void {
    const places = this.#places
    for (let i = 0; i < this.#count; i++) {
      if (this.#states[i] === DELETED) continue
      const base = i * NUMBERS
      // A string takes no fewer bytes in its message than it has itself.
      const bytes = (places[base + VALUE_TO] as number) - (places[base + VALUE_FROM] as number)
      if (this.#states[i] === KEPT && bytes <= longerThan) continue
      const value = this.#valueAt(i)
      const text = typeof value === 'string' ? change(value) : undefined
      if (text !== undefined) this.#setAt(i, '', text)
    }
  }

  /** All entries, decoded. */
  toMap(): Map<string, Value> {
    const map = new Map<string, Value>()
    for (let i = 0; i < this.#count; i++) {
      if (this.#states[i] === DELETED) continue
      const key = this.#key(i)
      if (!map.has(key)) map.set(key, this.#valueAt(i) ?? null)
    }
    return map
  }

  /** Puts these entries in the place of all. */
  replaceAll(entries: Iterable<readonly [string, Value]>): void {
    const list = [...entries]
    this.#states.fill(DELETED, 0, this.#count)
    this.changed = true
    for (const [key, value] of list) this.#append(key, value)
  }

  /** Writes all entries as repeated `KeyValue` in field `field`. */
  encode(field: number, out: ProtoWriter): void {
    const places = this.#places
    for (let i = this.#count - 1; i >= 0; i--) {
      const state = this.#states[i]
      if (state === REPLACED) encodeEntry(field, this.#key(i), this.#values[i] as Value, out)
      if (state !== KEPT) continue
      const to = places[i * NUMBERS + TO] as number
      // Entries that follow each other are copied in one piece.
      while (
        i > 0 &&
        this.#states[i - 1] === KEPT &&
        places[(i - 1) * NUMBERS + TO] === places[i * NUMBERS + AT]
      )
        i--
      const at = places[i * NUMBERS + AT] as number
      out.rawSlice(this.#bytes, at, to - at)
    }
  }

  #key(i: number): string {
    const known = this.#texts[i]
    if (known !== undefined) return known
    const base = i * NUMBERS
    const [from, to] = [this.#places[base + KEY_FROM], this.#places[base + KEY_TO]]
    return (this.#texts[i] = textOf(this.#bytes, from as number, to as number))
  }

  #valueAt(i: number): Value | undefined {
    if (i < 0) return undefined
    if (this.#states[i] === REPLACED) return this.#values[i]
    const base = i * NUMBERS
    const [from, to] = [this.#places[base + VALUE_FROM], this.#places[base + VALUE_TO]]
    return decodeValue(this.#bytes, from as number, to as number)
  }

  #setAt(i: number, key: string, value: Value): void {
    if (i < 0) return this.#append(key, value)
    this.#states[i] = REPLACED
    this.#values[i] = value
    this.changed = true
  }

  #append(key: string, value: Value): void {
    const i = this.#grow()
    this.#texts[i] = key
    this.#states[i] = REPLACED
    this.#values[i] = value
    this.changed = true
  }

  #find(key: KeyText): number {
    const [bytes, wanted] = [this.#bytes, key.bytes]
    const places = this.#places
    const { length } = wanted
    for (let i = 0; i < this.#received; i++) {
      const from = places[i * NUMBERS + KEY_FROM] as number
      if ((places[i * NUMBERS + KEY_TO] as number) - from !== length) continue
      if (this.#states[i] !== DELETED && isAt(wanted, bytes, from)) return i
    }
    return this.#findNew(key.text)
  }

  #findText(key: string): number {
    return this.#find(keptKey(key))
  }

  #findNew(key: string): number {
    for (let i = this.#received; i < this.#count; i++) {
      if (this.#states[i] !== DELETED && this.#texts[i] === key) return i
    }
    return -1
  }
}

/** The keys that statements ask for are few, and the same for every item. */
const MAX_KEPT = 1024
const kept = new Map<string, KeyText>()

function keptKey(text: string): KeyText {
  const known = kept.get(text)
  if (known) return known
  if (kept.size >= MAX_KEPT) kept.clear()
  const made = keyText(text)
  kept.set(text, made)
  return made
}

function isAt(wanted: Buffer, bytes: Buffer, from: number): boolean {
  // The ends of keys differ more often than their beginnings do.
  for (let i = wanted.length - 1; i >= 0; i--) if (wanted[i] !== bytes[from + i]) return false
  return true
}
