import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { KEY_WORDS, type SeriesKey } from './series_key.ts'
import type { Side } from './sides.ts'

const FIRST_ROWS = 64

/** What is kept of a series once it has been handed on. */
export interface Shown {
  /** What it has counted since `startNs`, by slot. */
  readonly total: Float64Array
  /** Nanoseconds since 1970. */
  readonly startNs: bigint
  readonly attributes: Map<Side, Attributes>
}

/**
 * Series as rows of columns: an object for each of a hundred thousand flows would keep the garbage
 * collector busy. Rows are numbered from 0; numbers hold until `retain`.
 */
export class SeriesTable {
  /** Words of the rows' keys, values since the last flush, how large they were of late. */
  keys = new Int32Array(FIRST_ROWS * KEY_WORDS)
  values: Float64Array
  scores = new Float64Array(FIRST_ROWS)
  /** 1 where there is something new since the last flush. */
  touched = new Uint8Array(FIRST_ROWS)
  /** When there was last, in milliseconds since 1970. */
  usedMs = new Float64Array(FIRST_ROWS)
  readonly resources: Resource[] = []
  readonly shown: (Shown | undefined)[] = []
  readonly width: number
  #hashes = new Int32Array(FIRST_ROWS)
  /** Row + 1 by hash, 0 where there is none; at most half full. */
  #places = new Int32Array(FIRST_ROWS * 2)
  #size = 0

  /** @param width values of a row */
  constructor(width: number) {
    this.width = width
    this.values = new Float64Array(FIRST_ROWS * width)
  }

  /** Number of rows. */
  get size(): number {
    return this.#size
  }

  /** The row with that key, or -1. */
  find({ hash, words }: SeriesKey): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const row = (places[place] as number) - 1
      if (row === -1) return -1
      if (this.#hashes[row] === hash && this.#is(row, words)) return row
    }
  }

  #is(row: number, words: Int32Array): boolean {
    const at = row * KEY_WORDS
    for (let i = 0; i < KEY_WORDS; i++) if (this.keys[at + i] !== words[i]) return false
    return true
  }

  /** Adds a row whose key is not there. */
  add({ hash, words }: SeriesKey, resource: Resource): number {
    const row = this.#size
    if (row === this.#hashes.length) this.#grow()
    this.#size++
    this.keys.set(words, row * KEY_WORDS)
    this.#hashes[row] = hash
    this.resources[row] = resource
    this.shown[row] = undefined
    this.#place(row)
    return row
  }

  /** Keeps the rows that `keep` wants; they get other numbers. */
  retain(keep: (row: number) => boolean): void {
    let to = 0
    for (let row = 0; row < this.#size; row++) if (keep(row)) this.#move(row, to++)
    this.resources.length = to
    this.shown.length = to
    this.touched.fill(0, to, this.#size)
    this.scores.fill(0, to, this.#size)
    this.usedMs.fill(0, to, this.#size)
    this.values.fill(0, to * this.width, this.#size * this.width)
    this.#size = to
    this.#placeAll()
  }

  #move(row: number, to: number): void {
    if (row === to) return
    this.keys.copyWithin(to * KEY_WORDS, row * KEY_WORDS, (row + 1) * KEY_WORDS)
    this.values.copyWithin(to * this.width, row * this.width, (row + 1) * this.width)
    for (const column of [this.scores, this.touched, this.usedMs, this.#hashes]) {
      column[to] = column[row] as number
    }
    this.resources[to] = this.resources[row] as Resource
    this.shown[to] = this.shown[row]
  }

  #grow(): void {
    const rows = this.#hashes.length * 2
    this.keys = grown(this.keys, new Int32Array(rows * KEY_WORDS))
    this.values = grown(this.values, new Float64Array(rows * this.width))
    this.scores = grown(this.scores, new Float64Array(rows))
    this.touched = grown(this.touched, new Uint8Array(rows))
    this.usedMs = grown(this.usedMs, new Float64Array(rows))
    this.#hashes = grown(this.#hashes, new Int32Array(rows))
    this.#places = new Int32Array(rows * 2)
    this.#placeAll()
  }

  #placeAll(): void {
    this.#places.fill(0)
    for (let row = 0; row < this.#size; row++) this.#place(row)
  }

  #place(row: number): void {
    const places = this.#places
    const mask = places.length - 1
    let place = (this.#hashes[row] as number) & mask
    while (places[place] !== 0) place = (place + 1) & mask
    places[place] = row + 1
  }
}

function grown<C extends Int32Array | Float64Array | Uint8Array>(old: C, made: C): C {
  made.set(old)
  return made
}
