import { randomInt } from 'node:crypto'
import type { AttributeValue } from '../pdata/attributes.ts'
import { valueKeyText } from '../pdata/attributes_text.ts'
import { decodeAnyValue } from '../pdata/otlp_any_value.ts'
import { ANY_VALUE } from '../pdata/otlp_attributes.ts'
import { WIRE } from '../pdata/proto_reader.ts'

/** What stands in front of a value. */
const TAG = { none: 0, text: 1, number: 2, other: 3 } as const
const STRING_TAG = (ANY_VALUE.string << 3) | WIRE.bytes
const INT_TAG = (ANY_VALUE.int << 3) | WIRE.varint
const FIRST_WORDS = 64

/** Another one for each process, so that nobody can make values up that share their hash. */
const SEED = randomInt(2 ** 31)

/**
 * What a series is looked up by: the values of its attributes one behind the other, so that the same
 * values make the same bytes whether they were read from encoded spans or from decoded ones. One
 * object serves all look-ups, and makes no string and no object for texts.
 */
export class ByteKey {
  #words = new Int32Array(FIRST_WORDS)
  #bytes = Buffer.from(this.#words.buffer)
  #length = 0
  readonly #number = new DataView(new ArrayBuffer(8))
  hash = 0

  /** Begins a new key. */
  reset(): void {
    this.#length = 0
  }

  /** A value that is not there. */
  none(): void {
    this.byte(TAG.none)
  }

  /** A number below 256. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  /** The UTF-8 text in `bytes` from `from` up to `to`. */
  textAt(bytes: Buffer, from: number, to: number): void {
    const length = to - from
    const start = this.#begin(TAG.text, length)
    const own = this.#bytes
    let bits = 0
    for (let i = 0; i < length; i++) {
      const byte = bytes[from + i] as number
      own[start + i] = byte
      bits |= byte
    }
    if (bits < 0x80) this.#end(start, length)
    // As it is shown: what is no UTF-8 becomes U+FFFD.
    else this.#rewrite(start, bytes.toString('utf8', from, to))
  }

  /** A text. */
  text(text: string): void {
    this.#rewrite(this.#begin(TAG.text, 0), text)
  }

  /** The `AnyValue` in `bytes` from `from` up to `to`. */
  valueAt(bytes: Buffer, from: number, to: number): void {
    // A string alone, of less than 128 bytes: nearly all are.
    if (to - from >= 2 && bytes[from] === STRING_TAG && bytes[from + 1] === to - from - 2) {
      if (to - from < 0x82) return this.textAt(bytes, from + 2, to)
    }
    // An int below 2^14 alone.
    if (bytes[from] === INT_TAG && to - from <= 3) {
      const low = bytes[from + 1] as number
      if (to - from === 2 && low < 0x80) return this.#double(low)
      const high = bytes[from + 2] as number
      if (to - from === 3 && low >= 0x80 && high < 0x80) {
        return this.#double((low & 0x7f) | (high << 7))
      }
    }
    this.value(decodeAnyValue(bytes, from, to))
  }

  /** A value. */
  value(value: AttributeValue): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.#double(value)
    else this.#rewrite(this.#begin(TAG.other, 0), valueKeyText(value))
  }

  /** What `copy` gave: the same values once more. */
  append(other: Buffer): void {
    this.#grow(other.length)
    const start = this.#length
    const own = this.#bytes
    for (let i = 0; i < other.length; i++) own[start + i] = other[i] as number
    this.#length = start + other.length
  }

  /** A copy of what was added since `reset`. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  /** Ends the key: it has a hash then, and can be looked up. */
  seal(): void {
    while (this.#length % 4 !== 0) this.byte(0)
    const words = this.#words
    const count = this.#length / 4
    let hash = SEED ^ count
    for (let i = 0; i < count; i++) {
      hash = Math.imul(hash ^ (words[i] as number), 0x85ebca6b)
      hash = (hash << 13) | (hash >>> 19)
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
    this.hash = hash ^ (hash >>> 13)
  }

  /** Number of words, once it is sealed. */
  get size(): number {
    return this.#length / 4
  }

  /** True when these words, from `at` on, are the key's. */
  isAt(words: Int32Array, at: number): boolean {
    const own = this.#words
    const count = this.#length / 4
    for (let i = 0; i < count; i++) if (words[at + i] !== own[i]) return false
    return true
  }

  /** Copies the sealed key. */
  copyTo(words: Int32Array, at: number): void {
    words.set(this.#words.subarray(0, this.size), at)
  }

  /** The sealed key as a text: of one character for each byte. */
  get latin1(): string {
    return this.#bytes.toString('latin1', 0, this.#length)
  }

  #double(value: number): void {
    // One NaN, and no negative zero: they are written the same.
    this.#number.setFloat64(0, Number.isNaN(value) ? NaN : value === 0 ? 0 : value)
    const start = this.#begin(TAG.number, 8)
    for (let i = 0; i < 8; i++) this.#bytes[start + i] = this.#number.getUint8(i)
    this.#end(start, 8)
  }

  /** Where the value begins; its length is written by `#end`. */
  #begin(tag: number, length: number): number {
    this.#grow(5 + length)
    this.#bytes[this.#length] = tag
    return this.#length + 5
  }

  #end(start: number, length: number): void {
    const own = this.#bytes
    own[start - 4] = length & 0xff
    own[start - 3] = (length >>> 8) & 0xff
    own[start - 2] = (length >>> 16) & 0xff
    own[start - 1] = length >>> 24
    this.#length = start + length
  }

  #rewrite(start: number, text: string): void {
    this.#length = start
    this.#grow(Buffer.byteLength(text))
    this.#end(start, this.#bytes.write(text, start))
  }

  /** Makes room for so many bytes more. */
  #grow(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const words = new Int32Array(2 ** Math.ceil(Math.log2(needed / 4 + 1)))
    const grown = Buffer.from(words.buffer)
    // All of it: a value that has been begun may stand behind what is counted.
    this.#bytes.copy(grown)
    this.#words = words
    this.#bytes = grown
  }
}
