/**
 * What was decided of traces that are held no more, for spans that come after. Keeps those that were
 * asked for last.
 */
export class Decisions {
  readonly #size: number
  /** By trace id, when it was decided, in milliseconds of the clock. Its order is that of use. */
  #decided = new Map<string, number>()
  /** Those of before: a map that is emptied from its front gets slow. */
  #older = new Map<string, number>()

  /** @param size how many are kept at least; at most twice as many */
  constructor(size: number) {
    this.#size = size
  }

  /** Remembers a decision. */
  add(id: string, at: number): void {
    this.#decided.set(id, at)
    if (this.#decided.size < this.#size) return
    this.#older = this.#decided
    this.#decided = new Map()
  }

  /** When it was decided; undefined where nothing is remembered. */
  get(id: string): number | undefined {
    const at = this.#decided.get(id)
    if (at !== undefined) return at
    const older = this.#older.get(id)
    if (older !== undefined) this.add(id, older)
    return older
  }
}
