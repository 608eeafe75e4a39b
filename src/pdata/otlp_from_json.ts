import {
  base64Of,
  booleanOf,
  doubleOf,
  enumOf,
  expected,
  Fault,
  idOf,
  integerOf,
  textOf,
} from './json_values.ts'
import { MalformedOtlp } from './malformed_otlp.ts'
import { ENUM_NAMES, type Field, type Message, REQUEST, type Scalar } from './otlp_schema.ts'
import type { Signal } from './otlp_request.ts'
import { encodePackedDoubles } from './otlp_numbers.ts'
import { ProtoWriter } from './proto_writer.ts'

/** Messages in each other at most, as other readers of protobuf have it. */
const MAX_DEPTH = 100
/** A whole number that JSON.parse may round: then it is read from its own text. */
const LONG_NUMBER = /[:[,\s]-?\d{16}/
/** An integer that a number holds exactly. */
const SHORT_INTEGER = /^-?\d{1,15}$/
const TWO_64 = 2n ** 64n
const TWO_63 = 2n ** 63n

/**
 * The protobuf form of a request in OTLP/JSON: ProtoJSON with hex ids and integers for enums, whose
 * names are taken, too, as the Collector does. Unknown keys are ignored, and `null` is a field that
 * is not there. Throws MalformedOtlp with the path in the JSON.
 */
export function requestFromJson(signal: Signal, json: Buffer): Buffer {
  const value = parse(json)
  const out = new ProtoWriter(Math.max(1024, json.length))
  try {
    writeMessage(REQUEST[signal], value, 0, out)
  } catch (error) {
    throw error instanceof Fault ? new MalformedOtlp(error.message, error.path()) : error
  }
  return out.buffer.subarray(out.pos)
}

function parse(json: Buffer): unknown {
  const text = json.toString('utf8')
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, exactNumbers) : JSON.parse(text)
  } catch (error) {
    throw new MalformedOtlp((error as Error).message, '')
  }
}

function exactNumbers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source ?? ''
  return /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** What went wrong, with the place around it. */
function under(key: string | number, error: unknown): unknown {
  return error instanceof Fault ? error.under(key) : error
}

function writeMessage(message: Message, value: unknown, depth: number, out: ProtoWriter): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected('an object', value)
  }
  if (depth > MAX_DEPTH) throw new Fault(`more than ${MAX_DEPTH} messages in each other`)
  const names = Object.keys(value)
  for (let i = names.length - 1; i >= 0; i--) {
    const name = names[i] as string
    const field = message.byName.get(name)
    const item = (value as Record<string, unknown>)[name]
    if (!field || item === null) continue
    try {
      writeField(field, item, depth, out)
    } catch (error) {
      throw under(name, error)
    }
  }
}

function writeField(field: Field, value: unknown, depth: number, out: ProtoWriter): void {
  if (!field.repeated) return writeValue(field, value, depth, out)
  if (!Array.isArray(value)) throw expected('a list', value)
  if (field.scalar && field.scalar !== 'string') return writePacked(field, value, out)
  for (let i = value.length - 1; i >= 0; i--) {
    try {
      writeValue(field, value[i], depth, out)
    } catch (error) {
      throw under(i, error)
    }
  }
}

function writeValue(field: Field, value: unknown, depth: number, out: ProtoWriter): void {
  const { number, scalar, message } = field
  if (scalar) return writeScalar(number, scalar, value, out)
  const mark = out.mark()
  writeMessage(message as Message, value, depth + 1, out)
  out.message(number, mark)
}

function writePacked(
  { number, scalar }: Field,
  values: readonly unknown[],
  out: ProtoWriter,
): void {
  if (scalar === 'double') return encodePackedDoubles(number, readEach(values, doubleOf), out)
  const integers = readEach(values, (value) => integerOf(value, 0n, TWO_64 - 1n))
  if (integers.length === 0) return
  const mark = out.mark()
  for (const integer of integers.toReversed()) {
    if (scalar === 'uint64') writeVarint(integer, out)
    else writeFixed64(integer, out)
  }
  out.message(number, mark)
}

function readEach<T>(values: readonly unknown[], read: (value: unknown) => T): T[] {
  return values.map((value, i) => {
    try {
      return read(value)
    } catch (error) {
      throw under(i, error)
    }
  })
}

function writeVarint(value: bigint, out: ProtoWriter): void {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  out.raw(Uint8Array.from([...bytes, Number(rest)]))
}

function writeFixed64(value: bigint, out: ProtoWriter): void {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  out.raw(bytes)
}

function writeScalar(number: number, scalar: Scalar, value: unknown, out: ProtoWriter): void {
  switch (scalar) {
    case 'string':
      return out.string(number, textOf(value))
    case 'bool':
      return out.uint(number, booleanOf(value) ? 1 : 0)
    case 'uint32':
      return out.uint(number, Number(integerOf(value, 0n, 2n ** 32n - 1n)))
    case 'sint32': {
      const signed = Number(integerOf(value, -(2n ** 31n), 2n ** 31n - 1n))
      return out.uint(number, ((signed << 1) ^ (signed >> 31)) >>> 0)
    }
    case 'int64':
    case 'uint64':
      if (typeof value === 'string' && SHORT_INTEGER.test(value)) {
        return out.int64(number, Number(value))
      }
      return out.int64(number, integerOf(value, -TWO_63, TWO_63 - 1n))
    case 'fixed32':
      return out.fixed32(number, Number(integerOf(value, 0n, 2n ** 32n - 1n)))
    case 'fixed64':
      return out.fixed64(number, integerOf(value, 0n, TWO_64 - 1n))
    case 'sfixed64':
      return out.fixed64(number, BigInt.asUintN(64, integerOf(value, -TWO_63, TWO_63 - 1n)))
    case 'double':
      return out.double(number, doubleOf(value))
    case 'bytes':
      return out.bytes(number, base64Of(value))
    case 'traceId':
      return out.bytes(number, idOf(value, 16))
    case 'spanId':
      return out.bytes(number, idOf(value, 8))
    case 'spanKind':
    case 'statusCode':
    case 'temporality':
    case 'severity':
      return out.int64(number, enumOf(value, ENUM_NAMES[scalar]))
  }
}
