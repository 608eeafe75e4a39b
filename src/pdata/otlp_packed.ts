import { readDouble, readFixed64 } from './fixed.ts'
import { type ProtoReader, WIRE } from './proto_reader.ts'

/*
 * Repeated numbers come packed, as the bytes of one field, or as a field each: readers have to take
 * both (https://protobuf.dev/programming-guides/encoding/#packed).
 */

/** Adds the `repeated fixed64` of a field; those beyond 2^53 lose digits. */
export function readPackedFixed64(reader: ProtoReader, into: number[]): void {
  readFixed(reader, readFixed64, into)
}

/** Adds the `repeated double` of a field. */
export function readPackedDoubles(reader: ProtoReader, into: number[]): void {
  readFixed(reader, readDouble, into)
}

function readFixed(
  { wire, bytes, from, to }: ProtoReader,
  read: (bytes: Buffer, at: number) => number,
  into: number[],
): void {
  if (wire !== WIRE.bytes && wire !== WIRE.fixed64) return
  for (let at = from; at + 8 <= to; at += 8) into.push(read(bytes, at))
}

/** Adds the `repeated uint64` of a field; those beyond 2^53 lose digits. */
export function readPackedVarints(reader: ProtoReader, into: number[]): void {
  const { wire, bytes, from, to } = reader
  if (wire === WIRE.varint) return void into.push(reader.unsigned)
  if (wire !== WIRE.bytes) return
  let value = 0
  let factor = 1
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    value += (byte & 0x7f) * factor
    factor *= 128
    if (byte >= 0x80) continue
    into.push(value)
    value = 0
    factor = 1
  }
}
