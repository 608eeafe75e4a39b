import protobuf from 'protobufjs'
import { below, OtlpError, refuse } from './otlp_error.ts'
import { emptyMessage, enumKnows, isId, rivalOf, type Plain } from './otlp_schema.ts'

// A protobuf reader that refuses what a lenient one forgives: a field that the schema does not
// know, a wrong wire type, a single field given twice, two members of a oneof, invalid UTF-8.

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

const deepest = 64
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Cursor = { readonly bytes: Buffer; at: number }

/** Reads one message of `type`, refusing everything that its schema does not know. */
export function readMessage(type: protobuf.Type, bytes: Uint8Array, path = '', depth = 0): Plain {
  if (depth > deepest) refuse(path, `nested more than ${deepest} messages deep`)
  const cursor: Cursor = { bytes: bufferOf(bytes), at: 0 }
  const message = emptyMessage(type)
  const seen = new Set<string>()
  while (cursor.at < cursor.bytes.length) {
    readField(type, cursor, message, seen, path, depth)
  }
  return message
}

function readField(
  type: protobuf.Type,
  cursor: Cursor,
  message: Plain,
  seen: Set<string>,
  path: string,
  depth: number,
): void {
  const where = path || type.name
  const tag = readVarint(cursor, where)
  const number = Number(tag >> 3n)
  const wire = Number(tag & 7n)
  const field = type.fieldsById[number]
  if (!field) refuse(where, `unknown field number ${number} in ${type.name}`)
  const here = below(path, field.name)
  if (field.repeated) {
    readRepeated(field, wire, cursor, message[field.name] as unknown[], here, depth)
    return
  }
  if (seen.has(field.name)) refuse(here, 'given twice')
  const rival = rivalOf(field, seen)
  if (rival) refuse(here, `given together with ${rival}, of which only one may be set`)
  seen.add(field.name)
  message[field.name] = readValue(field, wire, cursor, here, depth)
}

function readRepeated(
  field: protobuf.Field,
  wire: number,
  cursor: Cursor,
  list: unknown[],
  path: string,
  depth: number,
): void {
  if (wire !== LENGTH || wireTypeOf(field) === LENGTH) {
    list.push(readValue(field, wire, cursor, `${path}[${list.length}]`, depth))
    return
  }
  const packed: Cursor = { bytes: readBytes(cursor, path), at: 0 }
  while (packed.at < packed.bytes.length) {
    list.push(readValue(field, wireTypeOf(field), packed, `${path}[${list.length}]`, depth))
  }
}

function readValue(
  field: protobuf.Field,
  wire: number,
  cursor: Cursor,
  path: string,
  depth: number,
): unknown {
  const expected = wireTypeOf(field)
  if (wire !== expected) refuse(path, `expected wire type ${expected}, received ${wire}`)
  if (field.resolvedType instanceof protobuf.Type) {
    return readMessage(field.resolvedType, readBytes(cursor, path), path, depth + 1)
  }
  if (field.resolvedType instanceof protobuf.Enum) {
    return readEnum(field.resolvedType, cursor, path)
  }
  if (expected === LENGTH) return readText(field, readBytes(cursor, path), path)
  return expected === VARINT
    ? readInteger(field.type, readVarint(cursor, path), path)
    : readFixed(field.type, cursor, path)
}

function wireTypeOf(field: protobuf.Field): number {
  if (field.resolvedType instanceof protobuf.Type) return LENGTH
  if (field.resolvedType instanceof protobuf.Enum) return VARINT
  switch (field.type) {
    case 'string':
    case 'bytes':
      return LENGTH
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return FIXED64
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return FIXED32
    default:
      return VARINT
  }
}

function readText(field: protobuf.Field, bytes: Buffer, path: string): unknown {
  if (isId(field)) return bytes.toString('hex')
  if (field.type === 'bytes') return Buffer.from(bytes)
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    const sample = bytes.toString('hex').slice(0, 64)
    throw new OtlpError([`${path}: invalid UTF-8 (${sample})`], { cause })
  }
}

function readEnum(type: protobuf.Enum, cursor: Cursor, path: string): number {
  const value = Number(BigInt.asIntN(64, readVarint(cursor, path)))
  if (!enumKnows(type, value)) refuse(path, `${value} is no ${type.name}`)
  return value
}

function readInteger(type: string, raw: bigint, path: string): unknown {
  switch (type) {
    case 'bool':
      if (raw > 1n) refuse(path, `expected 0 or 1 for a bool, received ${raw}`)
      return raw === 1n
    case 'uint32':
      if (raw > 0xffff_ffffn) refuse(path, `${raw} does not fit 32 bits`)
      return Number(raw)
    case 'sint32':
      if (raw > 0xffff_ffffn) refuse(path, `${raw} does not fit 32 bits`)
      return Number(BigInt.asIntN(32, (raw >> 1n) ^ -(raw & 1n)))
    case 'int64':
      return BigInt.asIntN(64, raw)
    case 'uint64':
      return raw
    default:
      return refuse(path, `this decoder does not know the type ${type}`)
  }
}

function readFixed(type: string, cursor: Cursor, path: string): unknown {
  const size = type === 'fixed32' ? 4 : 8
  const bytes = take(cursor, size, path)
  switch (type) {
    case 'fixed32':
      return bytes.readUInt32LE()
    case 'fixed64':
      return bytes.readBigUInt64LE()
    case 'sfixed64':
      return bytes.readBigInt64LE()
    case 'double':
      return bytes.readDoubleLE()
    default:
      return refuse(path, `this decoder does not know the type ${type}`)
  }
}

function readVarint(cursor: Cursor, path: string): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = take(cursor, 1, path)[0]!
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) {
      if (value > 0xffff_ffff_ffff_ffffn) refuse(path, 'a varint does not fit 64 bits')
      return value
    }
  }
  return refuse(path, 'a varint is longer than ten bytes')
}

function readBytes(cursor: Cursor, path: string): Buffer {
  return take(cursor, Number(readVarint(cursor, path)), path)
}

function take(cursor: Cursor, size: number, path: string): Buffer {
  const left = cursor.bytes.length - cursor.at
  if (size > left) refuse(path, `the message ends early: ${size} bytes announced, ${left} left`)
  cursor.at += size
  return cursor.bytes.subarray(cursor.at - size, cursor.at)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const pathsToItems = {
  traces: [[1], [2], [2]],
  logs: [[1], [2], [2]],
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
} as const

/** Counts spans, log records or data points without decoding them, for benchmarks. */
export function countItems(signal: keyof typeof pathsToItems, bytes: Uint8Array): number {
  return countBelow(bufferOf(bytes), pathsToItems[signal])
}

// Kept free of allocation: a sink in a benchmark shares the machine with what is measured.
function countBelow(
  bytes: Buffer,
  levels: readonly (readonly number[])[],
  depth = 0,
  from = 0,
  to = bytes.length,
): number {
  const wanted = levels[depth]!
  let count = 0
  skim.at = from
  while (skim.at < to) {
    const tag = skimVarint(bytes)
    if ((tag & 7) !== LENGTH) {
      skipScalar(bytes, tag & 7)
      continue
    }
    const size = skimVarint(bytes)
    const start = skim.at
    if (start + size > to) refuse('count', 'the message ends early')
    if (wanted.includes(tag >>> 3)) {
      const isItem = depth === levels.length - 1
      count += isItem ? 1 : countBelow(bytes, levels, depth + 1, start, start + size)
    }
    skim.at = start + size
  }
  return count
}

const skim = { at: 0 }

function skipScalar(bytes: Buffer, wire: number): void {
  if (wire === VARINT) skimVarint(bytes)
  else if (wire === FIXED64) skim.at += 8
  else if (wire === FIXED32) skim.at += 4
  else refuse('count', `unknown wire type ${wire}`)
}

function skimVarint(bytes: Buffer): number {
  let value = 0
  for (let shift = 0; skim.at < bytes.length; shift += 7) {
    const byte = bytes[skim.at++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  return refuse('count', 'the message ends early')
}
