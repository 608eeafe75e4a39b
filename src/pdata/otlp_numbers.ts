import type { ProtoWriter } from './proto_writer.ts'

const TWO_32 = 2 ** 32

/** Writes a `double` or `sfixed64` field of a oneof, as the rule for numbers of `metrics.ts` says. */
export function encodeNumber(
  fields: { readonly double: number; readonly int: number },
  value: number | bigint,
  out: ProtoWriter,
): void {
  if (typeof value === 'bigint') return out.fixed64(fields.int, BigInt.asUintN(64, value))
  if (!Number.isSafeInteger(value)) return out.double(fields.double, value)
  out.fixed64Halves(fields.int, value >>> 0, Math.floor(value / TWO_32))
}

/** Writes a count of at most 2^53 - 1 as a `fixed64` field. */
export function encodeCount(field: number, count: number, out: ProtoWriter): void {
  out.fixed64Halves(field, count >>> 0, Math.floor(count / TWO_32))
}

/** Writes a `sint32` field: small negative numbers are small on the wire too. */
export function encodeSint32(field: number, value: number, out: ProtoWriter): void {
  out.uint(field, ((value << 1) ^ (value >> 31)) >>> 0)
}

/** Writes `repeated fixed64`, packed, from counts of at most 2^53 - 1; nothing where there are none. */
export function encodePackedFixed64(
  field: number,
  values: readonly number[],
  out: ProtoWriter,
): void {
  const { length } = values
  if (length === 0) return
  out.reserve(8 * length)
  out.pos -= 8 * length
  for (let i = 0; i < length; i++) {
    const value = values[i] as number
    out.buffer.writeUInt32LE(value >>> 0, out.pos + 8 * i)
    out.buffer.writeUInt32LE(Math.floor(value / TWO_32), out.pos + 8 * i + 4)
  }
  closePacked(field, 8 * length, out)
}

/** Writes `repeated double`, packed; nothing where there are none. */
export function encodePackedDoubles(
  field: number,
  values: readonly number[],
  out: ProtoWriter,
): void {
  const { length } = values
  if (length === 0) return
  out.reserve(8 * length)
  out.pos -= 8 * length
  for (let i = 0; i < length; i++) out.buffer.writeDoubleLE(values[i] as number, out.pos + 8 * i)
  closePacked(field, 8 * length, out)
}

/** Writes `repeated uint64`, packed, from counts of at most 2^53 - 1; nothing where there are none. */
export function encodePackedVarints(
  field: number,
  values: readonly number[],
  out: ProtoWriter,
): void {
  if (values.length === 0) return
  const mark = out.mark()
  for (let i = values.length - 1; i >= 0; i--) out.varint(values[i] as number)
  out.message(field, mark)
}

function closePacked(field: number, bytes: number, out: ProtoWriter): void {
  out.varint(bytes)
  out.tag(field, 2)
}
