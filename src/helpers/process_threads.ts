/** Names that are remembered of a process; one that has more has any. */
const MAX_NAMES = 64

/**
 * The names of a process's threads, each by its first eight bytes as two words. They have names of
 * their own, so that one nobody has seen may be another process's.
 */
export class ThreadNames {
  /** The one that was asked for last. */
  #low = 0
  #high = 0
  /** All of them, hashed. */
  readonly #names = new Set<number>()

  /** Whether a thread of that name was seen. */
  has(low: number, high: number): boolean {
    if (this.#low === low && this.#high === high) return true
    if (this.#names.size < MAX_NAMES && !this.#names.has(hashOf(low, high))) return false
    this.#low = low
    this.#high = high
    return true
  }

  /** Notes a thread of that name. */
  add(low: number, high: number): void {
    this.#low = low
    this.#high = high
    if (this.#names.size < MAX_NAMES) this.#names.add(hashOf(low, high))
  }
}

function hashOf(low: number, high: number): number {
  return Math.imul(low, 0x9e3779b1) ^ high
}
