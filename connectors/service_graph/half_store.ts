import { randomInt } from 'node:crypto'
import { type EdgeKey, type End, Half } from './half.ts'

const FIRST_PLACES = 1024
/** Another one for each process, so that nobody can make ids up that share their place. */
const SEED = randomInt(2 ** 31)

/** Spans that wait for the other end of their edge, by the ids that both ends know; the oldest first. */
export class HalfStore {
  #places: (Half | undefined)[] = places(FIRST_PLACES)
  #size = 0
  #oldest: Half | undefined
  #newest: Half | undefined
  /** Halves that are used again. */
  readonly #free: Half[] = []

  /** How many wait. */
  get size(): number {
    return this.#size
  }

  get oldest(): Half | undefined {
    return this.#oldest
  }

  get newest(): Half | undefined {
    return this.#newest
  }

  /** One that is not in use, to be filled and then added or given back. */
  take(): Half {
    return this.#free.pop() ?? new Half()
  }

  /** Gives one back. */
  give(half: Half): void {
    half.node = undefined
    half.served = false
    half.peer = ''
    // No more than wait at one time are worth keeping.
    if (this.#free.length <= this.#size + FIRST_PLACES) this.#free.push(half)
  }

  /** One that waits as that end under the key. */
  find({ words }: EdgeKey, end: End): Half | undefined {
    const hash = hashOf(words)
    let half = this.#places[hash & (this.#places.length - 1)]
    while (half !== undefined && !(half.hash === hash && half.end === end && isKey(half, words))) {
      half = half.nextInPlace
    }
    return half
  }

  /** Lets one wait under the key. */
  add(half: Half, { words }: EdgeKey): void {
    half.key.set(words)
    half.hash = hashOf(words)
    if (this.#size === this.#places.length) this.#grow()
    this.#put(half)
    half.newer = undefined
    half.older = this.#newest
    if (this.#newest) this.#newest.newer = half
    else this.#oldest = half
    this.#newest = half
    this.#size++
  }

  /** Takes one out; it may be given back then. */
  remove(half: Half): void {
    const place = half.hash & (this.#places.length - 1)
    let before: Half | undefined
    let here = this.#places[place]
    while (here !== half) {
      before = here
      here = here?.nextInPlace
    }
    if (before) before.nextInPlace = half.nextInPlace
    else this.#places[place] = half.nextInPlace
    if (half.older) half.older.newer = half.newer
    else this.#oldest = half.newer
    if (half.newer) half.newer.older = half.older
    else this.#newest = half.older
    half.nextInPlace = half.older = half.newer = undefined
    this.#size--
  }

  #put(half: Half): void {
    const place = half.hash & (this.#places.length - 1)
    half.nextInPlace = this.#places[place]
    this.#places[place] = half
  }

  #grow(): void {
    this.#places = places(this.#places.length * 2)
    for (let half = this.#oldest; half !== undefined; half = half.newer) this.#put(half)
  }
}

function isKey({ key }: Half, words: Int32Array): boolean {
  for (let i = 5; i >= 0; i--) if (key[i] !== words[i]) return false
  return true
}

function hashOf(words: Int32Array): number {
  let hash = SEED
  for (let i = 0; i < 6; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x85ebca6b)
    hash = (hash << 13) | (hash >>> 19)
  }
  return hash ^ (hash >>> 15)
}

function places(size: number): (Half | undefined)[] {
  return Array.from<Half | undefined>({ length: size }).fill(undefined)
}
