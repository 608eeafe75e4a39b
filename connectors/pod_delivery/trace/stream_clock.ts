/** A time that is so far ahead of this machine's clock is a mistake of who wrote it, in milliseconds. */
const AHEAD_MS = 60_000

/**
 * The time of the log: that of its newest event, and from there on as time goes by here. Live it is the
 * API servers' clock; over a file that is read at once it is when that was written, so that both are
 * followed in the same way.
 */
export class StreamClock {
  readonly #wallMs: () => number
  #newestMs = 0
  #seenAtMs = 0
  /** Whether an event was seen: before that nobody knows what time it is in the log. */
  begun = false

  /** @param wallMs milliseconds since 1970, of this machine */
  constructor(wallMs: () => number) {
    this.#wallMs = wallMs
  }

  /** An event was written at this time. */
  observe(timeMs: number): void {
    this.begun = true
    if (timeMs <= this.#newestMs) return
    const wall = this.#wallMs()
    if (timeMs > wall + AHEAD_MS) return
    this.#newestMs = timeMs
    this.#seenAtMs = wall
  }

  /** Milliseconds since 1970. */
  get nowMs(): number {
    const wall = this.#wallMs()
    return this.#newestMs === 0 ? wall : this.#newestMs + Math.max(0, wall - this.#seenAtMs)
  }

  /** How far behind the last event was when it was read; undefined before the first. */
  get lagMs(): number | undefined {
    return this.#newestMs === 0 ? undefined : Math.max(0, this.#seenAtMs - this.#newestMs)
  }
}
