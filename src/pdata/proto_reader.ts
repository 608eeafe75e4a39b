import {
  hexOf,
  readDouble,
  readFixed32,
  readFixed64,
  readFixed64Exactly,
  readSfixed64,
  textOf,
} from './fixed.ts'

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

const NOTHING = Buffer.alloc(0)
const TWO_32 = 2 ** 32
/** A tag is an unsigned number of 32 bits. */
const MAX_TAG_BYTES = 5
const MAX_VARINT_BYTES = 10

/**
 * Reads the fields of a message one after the other, without making an object for any of them:
 *
 *     reader.over(bytes, from, to)
 *     while (reader.next()) if (reader.field === 5) name = text(reader.from, reader.to)
 *
 * Where the bytes are no message `next` is false as at the end, and `problem` says why. Groups (wire
 * types 3 and 4) count as such: OTLP has none.
 */
export class ProtoReader {
  bytes: Buffer = NOTHING
  /** The number of the field. */
  field = 0
  /** One of `WIRE`. */
  wire = 0
  /** Where the field begins, its tag included. */
  at = 0
  /** The value's first byte: a number of 4 or 8 bytes, or what the length counts. */
  from = 0
  /** Where the field ends. */
  to = 0
  /** The halves of a varint, each as bits of 32. */
  low = 0
  high = 0
  /** What is wrong with the bytes from `at` on; empty while nothing is. */
  problem = ''
  #end = 0

  /** Begins with the message from `from` up to `to`. */
  over(bytes: Buffer, from: number, to: number): this {
    this.bytes = bytes
    this.to = from
    this.#end = to
    this.problem = ''
    return this
  }

  /** Goes to the next field; false when there is none. */
  next(): boolean {
    const { bytes } = this
    const end = this.#end
    const pos = this.to
    if (pos >= end) return false
    this.at = pos
    const tag = bytes[pos] as number
    this.field = tag >>> 3
    this.wire = tag & 7
    this.from = pos + 1
    // Nearly all fields are these: a number below 16, a length below 128.
    if ((tag & 0x87) === WIRE.bytes && tag > WIRE.bytes && pos + 1 < end) {
      const length = bytes[pos + 1] as number
      if (length < 0x80 && pos + 2 + length <= end) {
        this.from = pos + 2
        this.to = pos + 2 + length
        return true
      }
    }
    return this.#slowNext(tag)
  }

  #slowNext(tag: number): boolean {
    if (tag >= 0x80 && !this.#longTag()) return this.#stop('a field number is too large')
    if (this.field === 0) return this.#stop('0 is no field number')
    return this.#value()
  }

  #value(): boolean {
    switch (this.wire) {
      case WIRE.bytes: {
        const length = this.#length()
        if (length < 0) return this.#stop('a length cannot be read')
        return this.#endAt(length)
      }
      case WIRE.varint:
        if (!this.#varint(MAX_VARINT_BYTES)) return this.#stop('a number cannot be read')
        this.to = this.from
        return true
      case WIRE.fixed64:
        return this.#endAt(8)
      case WIRE.fixed32:
        return this.#endAt(4)
      default:
        return this.#stop(`wire type ${this.wire} is not supported`)
    }
  }

  /*
   * The field's value. A field whose wire type is another than its type has is as one that is not
   * there: empty or 0.
   */

  /** A `string`; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    return this.wire === WIRE.bytes ? textOf(this.bytes, this.from, this.to) : ''
  }

  /** `bytes` as lower-case hex digits. */
  hex(): string {
    return this.wire === WIRE.bytes ? hexOf(this.bytes, this.from, this.to) : ''
  }

  /** A `fixed64`. */
  fixed64(): bigint {
    return this.wire === WIRE.fixed64 ? readFixed64Exactly(this.bytes, this.from) : 0n
  }

  /** A `fixed64` as a number; those beyond 2^53 lose digits. */
  count(): number {
    return this.wire === WIRE.fixed64 ? readFixed64(this.bytes, this.from) : 0
  }

  /** An `sfixed64`: a number where that is exact, else a bigint. */
  sfixed64(): number | bigint {
    return this.wire === WIRE.fixed64 ? readSfixed64(this.bytes, this.from) : 0
  }

  /** A `double`. */
  double(): number {
    return this.wire === WIRE.fixed64 ? readDouble(this.bytes, this.from) : 0
  }

  /** A `fixed32`. */
  fixed32(): number {
    return this.wire === WIRE.fixed32 ? readFixed32(this.bytes, this.from) : 0
  }

  /** A `uint32`, `bool` or enum. */
  uint(): number {
    return this.wire === WIRE.varint ? this.low >>> 0 : 0
  }

  /** A `sint32`. */
  sint(): number {
    return (this.uint() >>> 1) ^ -(this.uint() & 1)
  }

  /** The value of a varint as a number; those beyond 2^53 lose digits. */
  get unsigned(): number {
    return (this.high >>> 0) * TWO_32 + (this.low >>> 0)
  }

  /** The value of a varint as an `int64`: a number where that is exact, else a bigint. */
  get signed(): number | bigint {
    const value = this.high * TWO_32 + (this.low >>> 0)
    if (Number.isSafeInteger(value)) return value
    return (BigInt(this.high) << 32n) | BigInt(this.low >>> 0)
  }

  #endAt(length: number): boolean {
    if (length > this.#end - this.from) return this.#stop('a field ends after its message')
    this.to = this.from + length
    return true
  }

  #longTag(): boolean {
    this.from = this.at
    if (!this.#varint(MAX_TAG_BYTES) || this.high !== 0) return false
    this.field = this.low >>> 3
    this.wire = this.low & 7
    return true
  }

  /** -1 where it cannot be read. */
  #length(): number {
    const first = this.bytes[this.from] as number
    if (first < 0x80 && this.from < this.#end) {
      this.from++
      return first
    }
    return this.#varint(MAX_VARINT_BYTES) ? this.unsigned : -1
  }

  /** Reads a varint at `from`, which is then behind it. */
  #varint(maxBytes: number): boolean {
    let low = 0
    let high = 0
    let pos = this.from
    const end = Math.min(this.#end, pos + maxBytes)
    for (let shift = 0; pos < end; shift += 7) {
      const byte = this.bytes[pos++] as number
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte >= 0x80) continue
      this.low = low
      this.high = high
      this.from = pos
      return true
    }
    return false
  }

  #stop(problem: string): false {
    this.problem = problem
    this.to = this.#end
    return false
  }
}
