import type { ByteKey } from './byte_key.ts'
import { type RowKey, SeriesTable } from './series_table.ts'

const FIRST_WORDS = 1024

/** What a table has to know of a row. */
export interface ByteRow<R> {
  readonly hash: number
  next: R | undefined
  /** Where its key stands, and how many words it has; the table sets both. */
  keyAt: number
  keySize: number
}

/** Rows by byte keys, which all stand in one array. */
export class ByteTable<R extends ByteRow<R>> implements RowKey<R> {
  #table = new SeriesTable<R>()
  /** In the order in which they were added. */
  #rows: R[] = []
  #words = new Int32Array(FIRST_WORDS)
  #used = 0
  #key: ByteKey | undefined
  /** Of the key that is looked up. */
  hash = 0

  /** Number of rows. */
  get size(): number {
    return this.#table.size
  }

  /** The row of a sealed key. */
  find(key: ByteKey): R | undefined {
    this.#key = key
    this.hash = key.hash
    return this.#table.find(this)
  }

  /** Whether the row is the one that is looked for. */
  is(row: R): boolean {
    const key = this.#key as ByteKey
    return row.keySize === key.size && key.isAt(this.#words, row.keyAt)
  }

  /** Adds a row that is not there, whose `hash` is the key's. */
  add(key: ByteKey, row: R): void {
    const { size } = key
    if (this.#used + size > this.#words.length) this.#grow(size)
    key.copyTo(this.#words, this.#used)
    row.keyAt = this.#used
    row.keySize = size
    this.#used += size
    this.#table.add(row)
    this.#rows.push(row)
  }

  /** The key of a row as a text, of one character for each byte; that of a row which is not there is empty. */
  textOf({ keyAt, keySize }: R): string {
    const { buffer } = this.#words
    return Buffer.from(buffer, keyAt * 4, keySize * 4).toString('latin1')
  }

  /** Removes those for which `expired` says so; returns how many. */
  prune(expired: (row: R) => boolean): number {
    const left = this.#rows.filter((row) => !expired(row))
    const gone = this.#rows.length - left.length
    if (gone === 0) return 0
    this.#rows = left
    this.#compact()
    return gone
  }

  [Symbol.iterator](): Iterator<R> {
    return this.#rows[Symbol.iterator]()
  }

  #grow(size: number): void {
    const words = new Int32Array(Math.max(this.#words.length * 2, this.#used + size))
    words.set(this.#words.subarray(0, this.#used))
    this.#words = words
  }

  #compact(): void {
    const old = this.#words
    const needed = this.#rows.reduce((sum, { keySize }) => sum + keySize, 0)
    this.#words = new Int32Array(Math.max(FIRST_WORDS, needed))
    this.#used = 0
    this.#table = new SeriesTable<R>()
    for (const row of this.#rows) {
      this.#words.set(old.subarray(row.keyAt, row.keyAt + row.keySize), this.#used)
      row.keyAt = this.#used
      this.#used += row.keySize
      this.#table.add(row)
    }
  }
}
