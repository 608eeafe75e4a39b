import { readDouble, textOf } from '../pdata/fixed.ts'
import { MAX_VALUE_DEPTH } from '../pdata/otlp_any_value.ts'
import { ANY_VALUE, KEY_VALUE, LIST_VALUES } from '../pdata/otlp_attributes.ts'
import { ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'
import { durationText, instantText } from './texts.ts'
import { Duration, Float, floatOf, Instant, type Value } from './values.ts'

/*
 * OTLP's `AnyValue` as values of statements and back. Unlike the attributes of pdata these keep
 * whether a whole number was a double.
 */

/** The value of an `AnyValue` in `bytes` from `from` up to `to`; null where none is set. */
export function decodeValue(bytes: Buffer, from: number, to: number, depth = 0): Value {
  if (from === to) return null
  const tag = bytes[from] as number
  // Nearly all values are these: a string of less than 128 bytes and nothing behind it.
  if (tag === 10 && bytes[from + 1] === to - from - 2) return textOf(bytes, from + 2, to)
  if (tag === SHORT_INT) {
    const short = shortInt(bytes, from + 1, to)
    if (short >= 0) return short
  }
  const reader = new ProtoReader().over(bytes, from, to)
  let value: Value = null
  while (reader.next()) value = fieldValue(reader, depth) ?? value
  return value
}

const SHORT_INT = (ANY_VALUE.int << 3) | WIRE.varint

/** A number of up to four bytes with nothing behind it; -1 for others. */
function shortInt(bytes: Buffer, from: number, to: number): number {
  if (to - from > 4) return -1
  let value = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    value |= (byte & 0x7f) << (7 * (i - from))
    if (byte < 0x80) return i === to - 1 ? value : -1
  }
  return -1
}

function fieldValue(reader: ProtoReader, depth: number): Value | undefined {
  const { bytes, field, wire, from, to } = reader
  if (wire === WIRE.varint) {
    if (field === ANY_VALUE.int) return reader.signed
    return field === ANY_VALUE.bool ? reader.unsigned !== 0 : undefined
  }
  if (wire === WIRE.fixed64) {
    return field === ANY_VALUE.double ? floatOf(readDouble(bytes, from)) : undefined
  }
  if (wire !== WIRE.bytes) return undefined
  if (field === ANY_VALUE.string) return textOf(bytes, from, to)
  if (field === ANY_VALUE.bytes) return Buffer.from(bytes.subarray(from, to))
  if (depth >= MAX_VALUE_DEPTH) return null
  if (field === ANY_VALUE.array) return decodeList(bytes, from, to, depth + 1)
  return field === ANY_VALUE.kvlist ? decodeMap(bytes, from, to, depth + 1) : undefined
}

function decodeList(bytes: Buffer, from: number, to: number, depth: number): Value[] {
  const reader = new ProtoReader().over(bytes, from, to)
  const values: Value[] = []
  while (reader.next()) {
    if (reader.field !== LIST_VALUES || reader.wire !== WIRE.bytes) continue
    values.push(decodeValue(bytes, reader.from, reader.to, depth))
  }
  return values
}

function decodeMap(bytes: Buffer, from: number, to: number, depth: number): Map<string, Value> {
  const reader = new ProtoReader().over(bytes, from, to)
  const inner = new ProtoReader()
  const map = new Map<string, Value>()
  while (reader.next()) {
    if (reader.field !== LIST_VALUES || reader.wire !== WIRE.bytes) continue
    let key = ''
    let value: Value = null
    inner.over(bytes, reader.from, reader.to)
    while (inner.next()) {
      if (inner.field === KEY_VALUE.key) key = inner.text()
      else if (inner.field === KEY_VALUE.value && inner.wire === WIRE.bytes) {
        value = decodeValue(bytes, inner.from, inner.to, depth)
      }
    }
    if (!map.has(key)) map.set(key, value)
  }
  return map
}

/** Writes the one set field of an `AnyValue`; a time or duration becomes its text. */
export function encodeValue(value: Value, out: ProtoWriter): void {
  switch (typeof value) {
    case 'string':
      return out.string(ANY_VALUE.string, value)
    case 'boolean':
      return out.uint(ANY_VALUE.bool, value ? 1 : 0)
    case 'bigint':
      return out.int64(ANY_VALUE.int, value)
    case 'number':
      if (Number.isSafeInteger(value)) return out.int64(ANY_VALUE.int, value)
      return out.double(ANY_VALUE.double, value)
    default:
      return value === null ? undefined : encodeObject(value, out)
  }
}

type ObjectValue = Exclude<Value, null | string | number | bigint | boolean>

function encodeObject(value: ObjectValue, out: ProtoWriter): void {
  if (value instanceof Float) return out.double(ANY_VALUE.double, value.value)
  if (value instanceof Uint8Array) return out.bytes(ANY_VALUE.bytes, value)
  if (value instanceof Instant) return out.string(ANY_VALUE.string, instantText(value))
  if (value instanceof Duration) return out.string(ANY_VALUE.string, durationText(value.ns))
  const mark = out.mark()
  if (Array.isArray(value)) {
    encodeList(value as readonly Value[], out)
    return out.message(ANY_VALUE.array, mark)
  }
  const entries = [...(value as ReadonlyMap<string, Value>)]
  for (let i = entries.length - 1; i >= 0; i--) {
    const [key, inner] = entries[i] as [string, Value]
    encodeEntry(LIST_VALUES, key, inner, out)
  }
  out.message(ANY_VALUE.kvlist, mark)
}

function encodeList(values: readonly Value[], out: ProtoWriter): void {
  for (let i = values.length - 1; i >= 0; i--) {
    const mark = out.mark()
    encodeValue(values[i] as Value, out)
    out.message(LIST_VALUES, mark)
  }
}

/** Writes one `KeyValue` in field `field`. */
export function encodeEntry(field: number, key: string, value: Value, out: ProtoWriter): void {
  const mark = out.mark()
  const valueMark = out.mark()
  encodeValue(value, out)
  out.message(KEY_VALUE.value, valueMark)
  out.string(KEY_VALUE.key, key)
  out.message(field, mark)
}
