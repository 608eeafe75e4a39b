/** Somebody who waits for room. */
interface Wanted {
  readonly size: number
  readonly answer: (entered: boolean) => void
}

/** So many places at the front may be empty before the others move up. */
const SPENT_PLACES = 1024

/**
 * First in, first out, with a bound on the sum of sizes. What was taken out still counts until it is
 * released, because its memory is still in use.
 *
 * Room is taken first, with `reserve` or `wait`, and filled with `push`, or given back with `release`.
 */
export class BoundedLine<T> {
  readonly #capacity: number
  readonly #sizeOf: (value: T) => number
  #places: (T | undefined)[] = []
  /** Index of the value that waited longest. */
  #front = 0
  #used = 0
  readonly #wanted: Wanted[] = []
  #wantedSize = 0

  constructor(capacity: number, sizeOf: (value: T) => number) {
    this.#capacity = capacity
    this.#sizeOf = sizeOf
  }

  /** How much of the bound is in use. */
  get used(): number {
    return this.#used
  }

  /** Number of values that wait. */
  get length(): number {
    return this.#places.length - this.#front
  }

  /** True when nothing more can be added before something is released. */
  get full(): boolean {
    return this.#used >= this.#capacity
  }

  /** The value that waited longest; undefined when none waits. */
  get head(): T | undefined {
    return this.#places[this.#front]
  }

  /** False for what does not even fit into an empty line. */
  couldHold(values: readonly T[]): boolean {
    return this.#sum(values) <= this.#capacity
  }

  /** Takes room for all of `values`, or none: false when there is none, or others wait for it. */
  reserve(values: readonly T[]): boolean {
    const size = this.#sum(values)
    if (this.#wanted.length > 0 || this.#used + size > this.#capacity) return false
    this.#used += size
    return true
  }

  /**
   * Takes room for all of `values` as soon as there is some, in the order of the calls. False at
   * `endWaits`, and at once when as much as the line can hold waits already.
   */
  wait(values: readonly T[]): Promise<boolean> {
    const size = this.#sum(values)
    if (this.#wantedSize + size > this.#capacity) return Promise.resolve(false)
    this.#wantedSize += size
    return new Promise((answer) => {
      this.#wanted.push({ size, answer })
      this.#admit()
    })
  }

  /** Adds values for which room was taken. */
  push(values: readonly T[]): void {
    for (const value of values) this.#places.push(value)
  }

  /** Adds values whether there is room or not. */
  force(values: readonly T[]): void {
    this.#used += this.#sum(values)
    this.push(values)
  }

  /** The value that waited longest, out of the line; it counts until `release`. Undefined when none waits. */
  take(): T | undefined {
    if (this.length === 0) return undefined
    const value = this.#places[this.#front]
    this.#places[this.#front++] = undefined
    if (this.length === 0 || this.#front > Math.max(SPENT_PLACES, this.length)) this.#moveUp()
    return value
  }

  /** Gives the room of values back. */
  release(values: readonly T[]): void {
    this.#used -= this.#sum(values)
    this.#admit()
  }

  /** Ends the waits for room. */
  endWaits(): void {
    this.#wantedSize = 0
    for (const { answer } of this.#wanted.splice(0)) answer(false)
  }

  #admit(): void {
    for (let next = this.#wanted[0]; next; next = this.#wanted[0]) {
      if (this.#used + next.size > this.#capacity) return
      this.#wanted.shift()
      this.#wantedSize -= next.size
      this.#used += next.size
      next.answer(true)
    }
  }

  #moveUp(): void {
    this.#places = this.#places.slice(this.#front)
    this.#front = 0
  }

  #sum(values: readonly T[]): number {
    return values.reduce((sum, value) => sum + this.#sizeOf(value), 0)
  }
}
