import type { Attributes, AttributeValue } from './attributes.ts'
import { readDouble, textOf } from './fixed.ts'
import { ANY_VALUE, KEY_VALUE, LIST_VALUES } from './otlp_attributes.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'

/**
 * How deep values may lie in values. Other readers of protobuf stop at 100 messages in each other
 * (C++, Java), and a value in a map takes three.
 */
export const MAX_VALUE_DEPTH = 32

/**
 * The value of an `AnyValue` in `bytes` from `from` up to `to`; null where none is set, where it
 * cannot be read, and where it lies deeper than `MAX_VALUE_DEPTH`.
 */
export function decodeAnyValue(bytes: Buffer, from: number, to: number, depth = 0): AttributeValue {
  const reader = new ProtoReader().over(bytes, from, to)
  let value: AttributeValue = null
  while (reader.next()) value = valueOf(reader, depth) ?? value
  return value
}

/** The value of one field of an `AnyValue`; undefined for a field that is none. */
function valueOf(reader: ProtoReader, depth: number): AttributeValue | undefined {
  const { bytes, field, wire, from, to } = reader
  if (wire === WIRE.varint) {
    if (field === ANY_VALUE.int) return reader.signed
    return field === ANY_VALUE.bool ? reader.unsigned !== 0 : undefined
  }
  if (wire === WIRE.fixed64) return field === ANY_VALUE.double ? readDouble(bytes, from) : undefined
  if (wire !== WIRE.bytes) return undefined
  switch (field) {
    case ANY_VALUE.string:
      return textOf(bytes, from, to)
    case ANY_VALUE.bytes:
      return Buffer.from(bytes.subarray(from, to))
    case ANY_VALUE.array:
      return depth < MAX_VALUE_DEPTH ? decodeArray(bytes, from, to, depth + 1) : null
    case ANY_VALUE.kvlist:
      return depth < MAX_VALUE_DEPTH ? decodeMap(bytes, from, to, LIST_VALUES, depth + 1) : null
    default:
      return undefined
  }
}

function decodeArray(bytes: Buffer, from: number, to: number, depth: number): AttributeValue[] {
  const reader = new ProtoReader().over(bytes, from, to)
  const values: AttributeValue[] = []
  while (reader.next()) {
    if (reader.field !== LIST_VALUES || reader.wire !== WIRE.bytes) continue
    values.push(decodeAnyValue(bytes, reader.from, reader.to, depth))
  }
  return values
}

/**
 * The attributes that a message in `bytes` from `from` up to `to` has as `KeyValue` in field `field`.
 * Of those with the same key the first counts, as in the Collector.
 */
export function decodeAttributes(
  bytes: Buffer,
  from: number,
  to: number,
  field: number,
): Attributes {
  return decodeMap(bytes, from, to, field, 0)
}

function decodeMap(
  bytes: Buffer,
  from: number,
  to: number,
  field: number,
  depth: number,
): Attributes {
  const reader = new ProtoReader().over(bytes, from, to)
  const attributes: Record<string, AttributeValue> = {}
  while (reader.next()) {
    if (reader.field === field && reader.wire === WIRE.bytes)
      addAttribute(reader, attributes, depth)
  }
  return attributes
}

function addAttribute(
  { bytes, from, to }: ProtoReader,
  attributes: Record<string, AttributeValue>,
  depth: number,
): void {
  const reader = keyValues.over(bytes, from, to)
  const key = textOf(bytes, reader.keyFrom, reader.keyTo)
  if (Object.hasOwn(attributes, key)) return
  const value = decodeAnyValue(bytes, reader.valueFrom, reader.valueTo, depth)
  if (key !== '__proto__') attributes[key] = value
  else Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true })
}

const KEY_TAG = (KEY_VALUE.key << 3) | WIRE.bytes
const VALUE_TAG = (KEY_VALUE.value << 3) | WIRE.bytes

/**
 * Where the value begins in a `KeyValue` as nearly all are: a key of less than 128 bytes and a value
 * of less behind it, and nothing more. -1 for all others.
 */
export function valueOfShort(bytes: Buffer, from: number, to: number): number {
  if (to - from < 4 || bytes[from] !== KEY_TAG) return -1
  const keyLength = bytes[from + 1] as number
  const value = from + 4 + keyLength
  if (keyLength >= 0x80 || value > to || bytes[value - 2] !== VALUE_TAG) return -1
  return bytes[value - 1] === to - value && to - value < 0x80 ? value : -1
}

/** Where key and value of a `KeyValue` stand, until `over` is called again. */
export class KeyValueReader {
  keyFrom = 0
  keyTo = 0
  valueFrom = 0
  valueTo = 0
  readonly #reader = new ProtoReader()

  /** A key or value that is not there is empty. */
  over(bytes: Buffer, from: number, to: number): this {
    const value = valueOfShort(bytes, from, to)
    if (value < 0) return this.#read(bytes, from, to)
    this.keyFrom = from + 2
    this.keyTo = value - 2
    this.valueFrom = value
    this.valueTo = to
    return this
  }

  #read(bytes: Buffer, from: number, to: number): this {
    const reader = this.#reader.over(bytes, from, to)
    this.keyFrom = this.keyTo = this.valueFrom = this.valueTo = to
    while (reader.next()) {
      if (reader.wire !== WIRE.bytes) continue
      if (reader.field === KEY_VALUE.key) {
        this.keyFrom = reader.from
        this.keyTo = reader.to
      } else if (reader.field === KEY_VALUE.value) {
        this.valueFrom = reader.from
        this.valueTo = reader.to
      }
    }
    return this
  }
}

const keyValues = new KeyValueReader()
const found = new ProtoReader()

/**
 * The value of the attribute `key` among the `KeyValue`s in field `field` of the message in `bytes`
 * from `from` up to `to`; undefined where there is none. Nothing but the value is decoded.
 */
export function findAttribute(
  bytes: Buffer,
  from: number,
  to: number,
  field: number,
  key: string,
): AttributeValue | undefined {
  const wanted = bytesOfKey(key)
  const reader = found.over(bytes, from, to)
  while (reader.next()) {
    if (reader.field !== field || reader.wire !== WIRE.bytes) continue
    const { keyFrom, keyTo, valueFrom, valueTo } = keyValues.over(bytes, reader.from, reader.to)
    if (isAt(wanted, bytes, keyFrom, keyTo)) return decodeAnyValue(bytes, valueFrom, valueTo)
  }
  return undefined
}

function isAt(wanted: Buffer, bytes: Buffer, from: number, to: number): boolean {
  const { length } = wanted
  if (to - from !== length) return false
  // The ends of keys differ more often than their beginnings do.
  for (let i = length - 1; i >= 0; i--) if (wanted[i] !== bytes[from + i]) return false
  return true
}

/** The attributes that components ask for are few, and the same for every item. */
const MAX_KEYS = 1024
const keys = new Map<string, Buffer>()

function bytesOfKey(key: string): Buffer {
  const known = keys.get(key)
  if (known) return known
  if (keys.size >= MAX_KEYS) keys.clear()
  const bytes = Buffer.from(key)
  keys.set(key, bytes)
  return bytes
}
