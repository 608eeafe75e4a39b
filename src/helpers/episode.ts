import { systemClock, type Clock } from './clock.ts'

/** What an episode says at its beginning and its end. */
export interface EpisodeLines {
  /** Something went wrong for the first time, or again after a quiet time. */
  readonly begins: () => void
  /** It has gone well since. `total` is what `add` was given, `ms` how long the episode lasted. */
  readonly ends: (total: number, ms: number) => void
}

/** How long nothing may go wrong before an episode counts as over, in milliseconds. */
export const QUIET_MS = 5_000

/**
 * Turns many events of one sort into two log lines: one when they begin, one with their total when
 * they are over. They are over at the first success after `quietMs` without one, so that a
 * destination that takes every other request does not fill the log.
 */
export class Episode {
  readonly #lines: EpisodeLines
  readonly #quietMs: number
  readonly #clock: Clock
  #total = 0
  #openedAt: number | undefined
  #lastAt = 0

  constructor(lines: EpisodeLines, { quietMs = QUIET_MS, clock = systemClock } = {}) {
    this.#lines = lines
    this.#quietMs = quietMs
    this.#clock = clock
  }

  /** One more event, of `amount` items. */
  add(amount: number): void {
    this.#lastAt = this.#clock.now()
    this.#total += amount
    if (this.#openedAt !== undefined) return
    this.#openedAt = this.#lastAt
    this.#lines.begins()
  }

  /** A success: ends the episode when it has been quiet for long enough. */
  calm(): void {
    if (this.#openedAt === undefined) return
    if (this.#clock.now() - this.#lastAt >= this.#quietMs) this.end()
  }

  /** Ends the episode now, if there is one: for shutdown. */
  end(): void {
    if (this.#openedAt === undefined) return
    const [total, ms] = [this.#total, this.#clock.now() - this.#openedAt]
    this.#openedAt = undefined
    this.#total = 0
    this.#lines.ends(total, ms)
  }
}
