import { ProtoReader } from './proto_reader.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { SCOPE_GROUP_ITEMS } from './otlp_groups.ts'

/**
 * Items (spans, metrics, log records) that stay the bytes they came in. Where each of them begins is
 * looked up when somebody asks for one: those that only pass through are copied in one piece.
 */
export class EncodedItems {
  readonly bytes: Buffer
  readonly length: number
  /** Where the items stand with tags and lengths and nothing between them; -1 where they do not. */
  readonly #from: number
  readonly #to: number
  #starts: Uint32Array | undefined
  #ends: Uint32Array | undefined

  private constructor(
    bytes: Buffer,
    length: number,
    [from, to]: readonly [number, number],
    starts?: Uint32Array,
    ends?: Uint32Array,
  ) {
    this.bytes = bytes
    this.length = length
    this.#from = from
    this.#to = to
    this.#starts = starts
    this.#ends = ends
  }

  /** Items that stand one behind the other, each with its tag and length. */
  static inOnePiece(bytes: Buffer, from: number, to: number, length: number): EncodedItems {
    return new EncodedItems(bytes, length, [from, to])
  }

  /** Items that stand anywhere: where their fields begin and end. */
  static scattered(bytes: Buffer, starts: Uint32Array, ends: Uint32Array): EncodedItems {
    return new EncodedItems(bytes, starts.length, [-1, -1], starts, ends)
  }

  /** Where the fields of item `i` begin. */
  start(i: number): number {
    if (!this.#starts) this.#index()
    return (this.#starts as Uint32Array)[i] as number
  }

  /** Where the fields of item `i` end. */
  end(i: number): number {
    if (!this.#ends) this.#index()
    return (this.#ends as Uint32Array)[i] as number
  }

  /** Bytes of all items with tags and lengths; a little more where they are scattered. */
  get byteLength(): number {
    if (this.#from >= 0) return this.#to - this.#from
    let sum = 0
    for (let i = 0; i < this.length; i++) sum += this.end(i) - this.start(i) + 6
    return sum
  }

  /** Writes the fields of item `i`. */
  write(i: number, out: ProtoWriter): void {
    const start = this.start(i)
    out.rawSlice(this.bytes, start, this.end(i) - start)
  }

  /** Writes all items with tags and lengths. */
  writeAll(out: ProtoWriter): void {
    if (this.#from >= 0) return out.rawSlice(this.bytes, this.#from, this.#to - this.#from)
    for (let i = this.length - 1; i >= 0; i--) {
      const mark = out.mark()
      this.write(i, out)
      out.message(SCOPE_GROUP_ITEMS, mark)
    }
  }

  /** The items from `from` up to, not including, `to`. */
  slice(from: number, to: number): EncodedItems {
    if (from === 0 && to === this.length) return this
    this.#index()
    const starts = (this.#starts as Uint32Array).subarray(from, to)
    const ends = (this.#ends as Uint32Array).subarray(from, to)
    if (this.#from < 0 || from >= to) return EncodedItems.scattered(this.bytes, starts, ends)
    const begin = from === 0 ? this.#from : this.end(from - 1)
    return new EncodedItems(this.bytes, to - from, [begin, this.end(to - 1)], starts, ends)
  }

  /** The items with these indices, in their order. */
  pick(indices: readonly number[]): EncodedItems {
    const starts = Uint32Array.from(indices, (i) => this.start(i))
    const ends = Uint32Array.from(indices, (i) => this.end(i))
    return EncodedItems.scattered(this.bytes, starts, ends)
  }

  #index(): void {
    if (this.#starts) return
    const starts = new Uint32Array(this.length)
    const ends = new Uint32Array(this.length)
    const reader = new ProtoReader().over(this.bytes, this.#from, this.#to)
    for (let i = 0; reader.next(); i++) {
      starts[i] = reader.from
      ends[i] = reader.to
    }
    this.#starts = starts
    this.#ends = ends
  }
}
