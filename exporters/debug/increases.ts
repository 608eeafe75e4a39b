/** Series that are followed at most; of further ones nothing is known. */
const LIMIT = 50_000

/** What sums grew by from one look at them to the next. */
export class Increases {
  #last = new Map<string, number>()
  #now = new Map<string, number>()
  readonly #sinceNs: bigint

  /** @param sinceNs nanoseconds since 1970: what sums that began before counted until now is not new */
  constructor(sinceNs: bigint) {
    this.#sinceNs = sinceNs
  }

  /** What the sum of that key grew by since it was last seen. */
  of(key: string, value: number, startNs: bigint): number {
    const before = this.#now.get(key) ?? this.#last.get(key)
    if (before === undefined && this.#now.size >= LIMIT) return 0
    this.#now.set(key, value)
    if (before !== undefined) return value - before
    return startNs < this.#sinceNs ? 0 : value
  }

  /** Forgets the sums that were not seen since this was last called. */
  forget(): void {
    this.#last = this.#now
    this.#now = new Map()
  }
}
