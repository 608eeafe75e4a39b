/** Data is taken in again below this share of the limit, so that it does not swing at its edge. */
const RELEASE = 0.95

/** Whether the agent's memory allows to take in more. */
export class MemoryGovernor {
  readonly #limit: number
  #refusing = false

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** True while nothing may be taken in. */
  get refusing(): boolean {
    return this.#refusing
  }

  /**
   * Takes a reading, about once a second, and decides.
   * @param rssBytes resident memory of the agent
   */
  step(rssBytes: number): void {
    this.#refusing = rssBytes > this.#limit * (this.#refusing ? RELEASE : 1)
  }
}
