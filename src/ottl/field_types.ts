import { readFixed64Exactly } from '../pdata/fixed.ts'
import { encodePackedDoubles } from '../pdata/otlp_numbers.ts'
import { readPackedDoubles, readPackedFixed64, readPackedVarints } from '../pdata/otlp_packed.ts'
import { type ProtoReader, WIRE } from '../pdata/proto_reader.ts'
import type { ProtoWriter } from '../pdata/proto_writer.ts'
import type { FieldType } from './message_draft.ts'
import { decodeValue, encodeValue } from './value_bytes.ts'
import { floatOf, intOf, numberOf, type Value } from './values.ts'

/*
 * The types of fields in protobuf, as values of statements. What is set has been checked before: a
 * text is a string, and so on.
 */

/** A `string`. */
export function textField(number: number): FieldType {
  return {
    number,
    absent: '',
    read: (reader) => reader.text(),
    write: (value, out) => out.string(number, value as string),
  }
}

/** A `uint32`, enum or `bool`, as an integer. */
export function uintField(number: number): FieldType {
  return {
    number,
    absent: 0,
    read: (reader) => reader.uint(),
    write: (value, out) => out.uint(number, Number(value) >>> 0),
  }
}

/** A `bool`. */
export function boolField(number: number): FieldType {
  return {
    number,
    absent: false,
    read: (reader) => reader.uint() !== 0,
    write: (value, out) => out.uint(number, value === true ? 1 : 0),
  }
}

/** A `sint32`. */
export function sintField(number: number): FieldType {
  return {
    number,
    absent: 0,
    read: (reader) => reader.sint(),
    write: (value, out) => {
      const bits = Number(value) | 0
      out.uint(number, ((bits << 1) ^ (bits >> 31)) >>> 0)
    },
  }
}

/** A `fixed32`. */
export function fixed32Field(number: number): FieldType {
  return {
    number,
    absent: 0,
    read: (reader) => reader.fixed32(),
    write: (value, out) => out.fixed32(number, Number(value) >>> 0),
  }
}

/** A `fixed64`, seen as an int64 as the Collector does. */
export function fixed64Field(number: number): FieldType {
  return {
    number,
    absent: 0,
    read: ({ wire, bytes, from }) =>
      wire === WIRE.fixed64 ? intOf(readFixed64Exactly(bytes, from)) : 0,
    write: (value, out) => writeFixed64(number, value, out),
  }
}

/** A `uint64` as varint. */
export function varintField(number: number): FieldType {
  return {
    number,
    absent: 0,
    read: (reader) => reader.unsigned,
    write: (value, out) => out.int64(number, BigInt(value as number | bigint)),
  }
}

/** An `sfixed64` in place of other fields. */
export function sfixed64Field(number: number, instead: readonly number[]): FieldType {
  return {
    number,
    absent: 0,
    instead,
    read: (reader) => reader.sfixed64(),
    write: (value, out) => writeFixed64(number, value, out),
  }
}

/** A `double`; `absent` where it is not there. */
export function doubleField(
  number: number,
  absent: Value,
  instead: readonly number[] = [],
): FieldType {
  return {
    number,
    absent,
    instead,
    read: (reader) => floatOf(reader.double()),
    write: (value, out) => out.double(number, numberOf(value) ?? 0),
  }
}

/** `bytes` of a fixed length; one that is not there is all zeros. */
export function idField(number: number, length: number): FieldType {
  const none = Buffer.alloc(length)
  return {
    number,
    absent: none,
    read: ({ bytes, from, to, wire }) =>
      wire === WIRE.bytes && to - from === length ? Buffer.from(bytes.subarray(from, to)) : none,
    write: (value, out) => {
      const id = value as Uint8Array
      if (id.some((byte) => byte !== 0)) out.bytes(number, id)
    },
  }
}

/** An `AnyValue`. */
export function anyField(number: number): FieldType {
  return {
    number,
    absent: null,
    read: ({ bytes, from, to, wire }) =>
      wire === WIRE.bytes ? decodeValue(bytes, from, to) : null,
    write: (value, out) => {
      const mark = out.mark()
      encodeValue(value, out)
      out.message(number, mark)
    },
  }
}

/** Packed `repeated double`. */
export function doublesField(number: number): FieldType {
  return {
    number,
    absent: [],
    read: (reader) => numbers(reader, readPackedDoubles).map(floatOf),
    write: (value, out) => encodePackedDoubles(number, listNumbers(value), out),
  }
}

/** Packed `repeated fixed64`. */
export function countsField(number: number): FieldType {
  return {
    number,
    absent: [],
    read: (reader) => numbers(reader, readPackedFixed64),
    write: (value, out) => {
      const counts = value as readonly Value[]
      const mark = out.mark()
      for (let i = counts.length - 1; i >= 0; i--) {
        const count = Buffer.alloc(8)
        count.writeBigUInt64LE(BigInt.asUintN(64, BigInt(counts[i] as number | bigint)))
        out.raw(count)
      }
      out.message(number, mark)
    },
  }
}

/** Packed `repeated uint64`. */
export function varintsField(number: number): FieldType {
  return {
    number,
    absent: [],
    read: (reader) => numbers(reader, readPackedVarints),
    write: (value, out) => {
      const mark = out.mark()
      for (const count of listNumbers(value).toReversed()) out.varint(Math.max(0, count))
      out.message(number, mark)
    },
  }
}

function numbers(
  reader: ProtoReader,
  read: (reader: ProtoReader, into: number[]) => void,
): number[] {
  const into: number[] = []
  read(reader, into)
  return into
}

function listNumbers(value: Value): number[] {
  return (value as readonly Value[]).map((one) => numberOf(one) ?? 0)
}

function writeFixed64(field: number, value: Value, out: ProtoWriter): void {
  out.fixed64(field, BigInt.asUintN(64, BigInt(value as number | bigint)))
}
