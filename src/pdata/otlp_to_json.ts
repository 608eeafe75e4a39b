import { encodeBatch } from './otlp_encode.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { type Field, type Message, REQUEST, type Scalar } from './otlp_schema.ts'
import { readPackedDoubles } from './otlp_packed.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import { ProtoWriter } from './proto_writer.ts'

/** Messages in each other at most; what lies deeper is left out. */
const MAX_DEPTH = 100

type Json = Record<string, unknown>

/**
 * A batch as OTLP/JSON: hex ids, lowerCamelCase keys, enums as integers, 64-bit integers as decimal
 * strings (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). Fields that we do not
 * know have no name and are left out.
 */
export function batchToJson(batch: OtlpBatch): object {
  const body = batch.encoded ?? encoded(batch)
  const json = messageToJson(REQUEST[batch.kind], body, 0, body.length, 0)
  return Object.keys(json).length > 0 ? json : emptyRequest(REQUEST[batch.kind])
}

function encoded(batch: OtlpBatch): Buffer {
  const out = new ProtoWriter()
  encodeBatch(batch, out)
  return out.buffer.subarray(out.pos)
}

function emptyRequest({ byName }: Message): Json {
  return Object.fromEntries([...byName.keys()].map((name) => [name, []]))
}

function messageToJson(
  { fields }: Message,
  bytes: Buffer,
  from: number,
  to: number,
  depth: number,
): Json {
  const reader = new ProtoReader().over(bytes, from, to)
  const json: Json = {}
  while (reader.next()) {
    const field = fields[reader.field]
    if (field) takeField(field, reader, json, depth)
  }
  return json
}

function takeField(field: Field, reader: ProtoReader, json: Json, depth: number): void {
  const { name, message, scalar, repeated } = field
  if (message) {
    if (reader.wire !== WIRE.bytes || depth >= MAX_DEPTH) return
    const value = messageToJson(message, reader.bytes, reader.from, reader.to, depth + 1)
    if (!repeated) json[name] = value
    else listIn(json, name).push(value)
  } else if (scalar && repeated) listIn(json, name).push(...scalars(scalar, reader))
  else if (scalar) json[name] = scalarToJson(scalar, reader)
}

function listIn(json: Json, name: string): unknown[] {
  return (json[name] ??= []) as unknown[]
}

/** Numbers that come packed, or one value. */
function scalars(scalar: Scalar, reader: ProtoReader): unknown[] {
  const { wire, bytes, from, to } = reader
  if (wire !== WIRE.bytes || scalar === 'string') return [scalarToJson(scalar, reader)]
  if (scalar === 'double') {
    const values: number[] = []
    readPackedDoubles(reader, values)
    return values.map(doubleToJson)
  }
  if (scalar === 'uint64') return packedVarints(bytes, from, to)
  const count = Math.floor((to - from) / 8)
  return Array.from({ length: count }, (_, i) => String(bytes.readBigUInt64LE(from + 8 * i)))
}

function packedVarints(bytes: Buffer, from: number, to: number): string[] {
  const values: string[] = []
  let value = 0n
  let shift = 0n
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    value |= BigInt(byte & 0x7f) << shift
    shift += 7n
    if (byte >= 0x80) continue
    values.push(String(BigInt.asUintN(64, value)))
    value = shift = 0n
  }
  return values
}

function scalarToJson(scalar: Scalar, reader: ProtoReader): unknown {
  switch (scalar) {
    case 'string':
      return reader.text()
    case 'bool':
      return reader.uint() !== 0
    case 'sint32':
      return reader.sint()
    case 'int64':
      return String(reader.wire === WIRE.varint ? reader.signed : 0)
    case 'uint64':
      return String(BigInt.asUintN(64, BigInt(reader.wire === WIRE.varint ? reader.signed : 0)))
    case 'fixed32':
      return reader.fixed32()
    case 'fixed64':
      return String(reader.fixed64())
    case 'sfixed64':
      return String(reader.sfixed64())
    case 'double':
      return doubleToJson(reader.double())
    case 'bytes':
      return reader.wire === WIRE.bytes
        ? reader.bytes.toString('base64', reader.from, reader.to)
        : ''
    case 'traceId':
    case 'spanId':
      return reader.hex()
    case 'uint32':
    case 'spanKind':
    case 'statusCode':
    case 'temporality':
    case 'severity':
      return reader.uint()
  }
}

/** ProtoJSON's form of a double: those that JSON has no number for are strings. */
function doubleToJson(value: number): number | string {
  if (Number.isFinite(value)) return value
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'Infinity' : '-Infinity'
}
