/**
 * When the last data point of each series was made that had one, of as many as were told of last: with
 * deltas nothing else is kept of a series, and its next data point begins where the last one ended.
 */
export class DeltaStarts {
  readonly #max: number
  readonly #times = new Map<string, bigint>()

  constructor(max: number) {
    this.#max = max
  }

  /** Undefined where it is not known. */
  of(key: string): bigint | undefined {
    return this.#times.get(key)
  }

  /** Remembers it. */
  set(key: string, timeNs: bigint): void {
    this.#times.delete(key)
    this.#times.set(key, timeNs)
    if (this.#times.size <= this.#max) return
    for (const oldest of this.#times.keys()) {
      this.#times.delete(oldest)
      return
    }
  }
}
