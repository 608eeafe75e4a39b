const INITIAL_BYTES = 64 * 1024
/** Up to so many bytes a loop copies faster than a call of `set` is made. */
const SHORT = 32
/** It takes any bytes, not only a `Buffer`'s. */
const copy: (this: Uint8Array, target: Uint8Array, at: number, from: number, to: number) => number =
  Buffer.prototype.copy
/** Up to so many characters are written by a loop, as long as they are ASCII. */
const SHORT_TEXT = 64

/**
 * Writes protobuf from the end to the front, so that the length of a nested message is known when
 * its prefix is written and no byte is moved. Write the last field first:
 *
 *     const end = w.mark()
 *     w.string(2, 'world')
 *     w.string(1, 'hello')
 *     w.message(5, end)        // tag 5, length of all since `end`
 *
 * Wire types and varints: https://protobuf.dev/programming-guides/encoding/
 * The buffer grows by doubling and is kept for the next message.
 */
export class ProtoWriter {
  /** The bytes; written are those from `pos` to the end. */
  buffer: Buffer
  /** Where the first written byte stands. */
  pos: number

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes)
    this.pos = initialBytes
  }

  /** Forgets what was written; the memory is used again. */
  reset(): void {
    this.pos = this.buffer.length
  }

  /** Number of bytes written. */
  get length(): number {
    return this.buffer.length - this.pos
  }

  /** A copy of what was written, which stays valid after `reset`. */
  toBytes(): Buffer {
    const out = Buffer.allocUnsafeSlow(this.length)
    this.buffer.copy(out, 0, this.pos)
    return out
  }

  /** Copies what was written to the front of `target`. */
  copyTo(target: Buffer): void {
    this.buffer.copy(target, 0, this.pos)
  }

  /** Makes room for `bytes` more in front of what is written. */
  reserve(bytes: number): void {
    if (this.pos >= bytes) return
    const written = this.length
    const size = Math.max(this.buffer.length * 2, written + bytes)
    const grown = Buffer.allocUnsafeSlow(size)
    this.buffer.copy(grown, size - written, this.pos)
    this.buffer = grown
    this.pos = size - written
  }

  /** The place to give to `message` for all that is written from now on. */
  mark(): number {
    return this.length
  }

  /** Closes the fields written since `mark` as the nested message `field`. */
  message(field: number, mark: number): void {
    this.varint(this.length - mark)
    this.tag(field, 2)
  }

  /** A field's tag: its number and wire type (0 varint, 1 fixed64, 2 length, 5 fixed32). */
  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType)
  }

  /** An unsigned varint of at most 2^53 - 1, without tag. */
  varint(value: number): void {
    this.reserve(8)
    if (value < 0x80) {
      this.buffer[--this.pos] = value
      return
    }
    if (value < 0x4000) {
      this.buffer[--this.pos] = value >>> 7
      this.buffer[--this.pos] = (value & 0x7f) | 0x80
      return
    }
    let length = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++
    this.pos -= length
    let at = this.pos
    let rest = value
    while (rest >= 0x80) {
      this.buffer[at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[at] = rest
  }

  /** Bytes as they are, without tag or length. */
  raw(bytes: Uint8Array): void {
    if (bytes.length <= 12) return this.rawSlice(bytes, 0, bytes.length)
    this.reserve(bytes.length)
    this.pos -= bytes.length
    this.buffer.set(bytes, this.pos)
  }

  /** Part of `bytes` as it is, without tag or length. */
  rawSlice(bytes: Uint8Array, from: number, length: number): void {
    this.reserve(length)
    this.pos -= length
    const { buffer, pos } = this
    if (length > SHORT) {
      // Unlike `set` of a part, this makes no object for the part.
      copy.call(bytes, buffer, pos, from, from + length)
      return
    }
    for (let i = 0; i < length; i++) buffer[pos + i] = bytes[from + i] as number
  }

  /** A `bytes` field. */
  bytes(field: number, bytes: Uint8Array): void {
    this.raw(bytes)
    this.varint(bytes.length)
    this.tag(field, 2)
  }

  /** A `string` field. */
  string(field: number, text: string): void {
    const length = this.#ascii(text) ? text.length : this.#utf8(text)
    this.varint(length)
    this.tag(field, 2)
  }

  /** False, with nothing written, where the text is long or not all ASCII. */
  #ascii(text: string): boolean {
    const { length } = text
    if (length > SHORT_TEXT) return false
    this.reserve(length)
    const { buffer } = this
    const start = this.pos - length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      buffer[start + i] = code
    }
    this.pos = start
    return true
  }

  #utf8(text: string): number {
    const length = Buffer.byteLength(text)
    this.reserve(length)
    this.pos -= length
    this.buffer.write(text, this.pos, length, 'utf8')
    return length
  }

  /** An `enum`, `bool`, `uint32` or `uint64` field of at most 2^53 - 1. */
  uint(field: number, value: number): void {
    this.varint(value)
    this.tag(field, 0)
  }

  /** An `int64` field: negative values take ten bytes, as the format has it. */
  int64(field: number, value: bigint | number): void {
    if (typeof value === 'number' && value >= 0) return this.uint(field, value)
    let rest = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.raw(Uint8Array.from(bytes))
    this.tag(field, 0)
  }

  /** A `fixed64` field. */
  fixed64(field: number, value: bigint): void {
    this.reserve(8)
    this.pos -= 8
    this.buffer.writeBigUInt64LE(value, this.pos)
    this.tag(field, 1)
  }

  /** A `fixed64` field from two unsigned 32-bit halves: no bigint is made. */
  fixed64Halves(field: number, low: number, high: number): void {
    this.#word(high)
    this.#word(low)
    this.tag(field, 1)
  }

  /** A `fixed32` field. */
  fixed32(field: number, value: number): void {
    this.#word(value)
    this.tag(field, 5)
  }

  /** Four bytes, lowest first; bits above the 32nd are cut off. */
  #word(value: number): void {
    this.reserve(4)
    this.pos -= 4
    const { buffer, pos } = this
    buffer[pos] = value
    buffer[pos + 1] = value >>> 8
    buffer[pos + 2] = value >>> 16
    buffer[pos + 3] = value >>> 24
  }

  /** A `double` field. */
  double(field: number, value: number): void {
    this.reserve(8)
    this.pos -= 8
    this.buffer.writeDoubleLE(value, this.pos)
    this.tag(field, 1)
  }
}
