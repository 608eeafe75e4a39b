/** How long work may go on before others get their turn, in milliseconds. */
const TURN_MS = 4

/**
 * Splits long work of the JavaScript thread, so that ring buffers are read in between: call `next`
 * after each small part.
 */
export class Turns {
  readonly #now: () => number
  #untilMs: number

  /** @param now milliseconds of a clock that does not jump */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#untilMs = now() + TURN_MS
  }

  /** Lets others go first when it is their turn. */
  async next(): Promise<void> {
    if (this.#now() < this.#untilMs) return
    await new Promise<void>((resolve) => void setImmediate(resolve))
    this.#untilMs = this.#now() + TURN_MS
  }
}
