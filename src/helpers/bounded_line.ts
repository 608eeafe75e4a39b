/** One thing in the line and how much of the bound it takes. */
interface Place<T> {
  readonly value: T
  readonly size: number
}

/**
 * First in, first out, with a bound on the sum of sizes. What was taken out still counts until it is
 * released, because its memory is still in use.
 */
export class BoundedLine<T> {
  readonly #capacity: number
  readonly #sizeOf: (value: T) => number
  readonly #places: Place<T>[] = []
  #used = 0
  #wanted: (() => void)[] = []

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
    return this.#places.length
  }

  /** True when nothing more can be added before something is released. */
  get full(): boolean {
    return this.#used >= this.#capacity
  }

  /** False for what does not even fit into an empty line. */
  couldHold(values: readonly T[]): boolean {
    return this.#sum(values) <= this.#capacity
  }

  /** Adds all of `values`, or none: false when there is no room. */
  add(values: readonly T[]): boolean {
    if (this.#used + this.#sum(values) > this.#capacity) return false
    for (const value of values) {
      const size = this.#sizeOf(value)
      this.#used += size
      this.#places.push({ value, size })
    }
    return true
  }

  /** The value that waited longest, with the function that gives its room back; undefined when none waits. */
  take(): { value: T; release: () => void } | undefined {
    const place = this.#places.shift()
    if (!place) return undefined
    return { value: place.value, release: () => this.#release(place.size) }
  }

  /** Resolves the next time that room is given back, or at `endWaits`. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#wanted.push(resolve))
  }

  /** Ends the waits for room. */
  endWaits(): void {
    const wanted = this.#wanted
    this.#wanted = []
    for (const resolve of wanted) resolve()
  }

  #release(size: number): void {
    this.#used -= size
    this.endWaits()
  }

  #sum(values: readonly T[]): number {
    return values.reduce((sum, value) => sum + this.#sizeOf(value), 0)
  }
}
