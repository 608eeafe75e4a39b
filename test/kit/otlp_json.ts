import protobuf from 'protobufjs'
import { below, OtlpError, refuse } from './otlp_error.ts'
import { emptyMessage, enumKnows, is64Bit, isId, rivalOf, type Plain } from './otlp_schema.ts'

// OTLP/JSON is the proto3 JSON mapping with three changes: ids are hex, enums are integers, names
// are lowerCamelCase only. What a lenient reader would accept beside that is refused here.

/** Parses OTLP/JSON text or bytes and reads it as one message of `type`. */
export function readJson(type: protobuf.Type, json: string | Uint8Array): Plain {
  return readObject(type, parse(json), '')
}

function parse(json: string | Uint8Array): unknown {
  try {
    const text =
      typeof json === 'string' ? json : new TextDecoder('utf-8', { fatal: true }).decode(json)
    return JSON.parse(text)
  } catch (cause) {
    throw new OtlpError([`the request is no JSON: ${String(cause)}`], { cause })
  }
}

function readObject(type: protobuf.Type, value: unknown, path: string): Plain {
  const where = path || type.name
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(where, `expected an object, received ${JSON.stringify(value)}`)
  }
  const message = emptyMessage(type)
  const seen = new Set<string>()
  for (const [name, member] of Object.entries(value)) {
    const field = fieldNamed(type, name, where)
    const here = below(path, name)
    const rival = rivalOf(field, seen)
    if (rival) refuse(here, `given together with ${rival}, of which only one may be set`)
    seen.add(name)
    message[name] = field.repeated ? readList(field, member, here) : readValue(field, member, here)
  }
  return message
}

function fieldNamed(type: protobuf.Type, name: string, where: string): protobuf.Field {
  const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
  if (field) return field
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const hint = camel in type.fields ? `, did you mean "${camel}"?` : ''
  return refuse(where, `unknown field "${name}" in ${type.name}${hint}`)
}

function readList(field: protobuf.Field, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value))
    return refuse(path, `expected a list, received ${JSON.stringify(value)}`)
  return value.map((item, index) => readValue(field, item, `${path}[${index}]`))
}

function readValue(field: protobuf.Field, value: unknown, path: string): unknown {
  if (field.resolvedType instanceof protobuf.Type)
    return readObject(field.resolvedType, value, path)
  if (field.resolvedType instanceof protobuf.Enum) return readEnum(field.resolvedType, value, path)
  if (isId(field)) return readId(value, path)
  if (is64Bit(field.type)) return readInteger64(field.type, value, path)
  switch (field.type) {
    case 'string':
      return readString(value, path)
    case 'bytes':
      return readBase64(value, path)
    case 'bool':
      if (typeof value !== 'boolean') refuse(path, wanted('true or false', value))
      return value
    case 'double':
      return readDouble(value, path)
    default:
      return readInteger32(field.type, value, path)
  }
}

function wanted(what: string, received: unknown): string {
  return `expected ${what}, received ${JSON.stringify(received)}`
}

function readEnum(type: protobuf.Enum, value: unknown, path: string): number {
  if (!Number.isInteger(value)) refuse(path, wanted(`the number of a ${type.name}`, value))
  if (!enumKnows(type, value as number)) refuse(path, `${String(value)} is no ${type.name}`)
  return value as number
}

function readId(value: unknown, path: string): string {
  const isHex = typeof value === 'string' && /^(?:[0-9a-f]{2})*$/i.test(value)
  if (!isHex) refuse(path, wanted('an id in hex', value))
  return value.toLowerCase()
}

function readInteger64(type: string, value: unknown, path: string): bigint {
  if (typeof value !== 'string' || !/^(?:0|-?[1-9][0-9]*)$/.test(value)) {
    return refuse(path, wanted('a decimal number as a string', value))
  }
  const number = BigInt(value)
  const isUnsigned = type === 'uint64' || type === 'fixed64'
  const fitted = isUnsigned ? BigInt.asUintN(64, number) : BigInt.asIntN(64, number)
  if (fitted !== number) refuse(path, `${value} does not fit ${type}`)
  return number
}

function readInteger32(type: string, value: unknown, path: string): number {
  if (!Number.isInteger(value)) refuse(path, wanted('an integer', value))
  const number = value as number
  const fitted = type === 'sint32' || type === 'int32' ? number | 0 : number >>> 0
  if (fitted !== number) refuse(path, `${number} does not fit ${type}`)
  return number
}

function readDouble(value: unknown, path: string): number {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity') return Number.POSITIVE_INFINITY
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY
  return refuse(path, wanted('a number', value))
}

function readString(value: unknown, path: string): string {
  if (typeof value !== 'string') return refuse(path, wanted('a string', value))
  if (!value.isWellFormed()) refuse(path, 'holds half a surrogate pair')
  return value
}

function readBase64(value: unknown, path: string): Buffer {
  const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64')
  if (bytes.toString('base64') !== value) refuse(path, wanted('bytes in base64', value))
  return bytes
}
