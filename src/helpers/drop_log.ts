import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import { systemClock, type Clock } from './clock.ts'
import { Episode } from './episode.ts'

/** Counts what a component gives up and logs it by reason: one line at the beginning, one at the end. */
export class DropLog {
  readonly #log: Logger
  readonly #counters: ComponentCounters
  readonly #clock: Clock
  readonly #episodes = new Map<string, Episode>()
  #detail: object = {}

  constructor(log: Logger, counters: ComponentCounters, clock: Clock = systemClock) {
    this.#log = log
    this.#counters = counters
    this.#clock = clock
  }

  /**
   * Counts and logs items that are given up.
   * @param reason one of the component's fixed reasons
   * @param detail fields for the line that begins an episode: the destination's own words
   */
  drop(reason: string, items: number, detail: object = {}): void {
    if (items === 0) return
    this.#counters.drop(reason, items)
    this.#detail = detail
    this.#episode(reason).add(items)
  }

  /** A success: ends the episodes that have been quiet for long enough. */
  calm(): void {
    for (const episode of this.#episodes.values()) episode.calm()
  }

  /** Ends all episodes: for shutdown. */
  end(): void {
    for (const episode of this.#episodes.values()) episode.end()
  }

  #episode(reason: string): Episode {
    const known = this.#episodes.get(reason)
    if (known) return known
    const lines = {
      begins: () => this.#log.error({ reason, ...this.#detail }, 'Dropping data.'),
      ends: (items: number) => this.#log.info({ reason, items }, 'No longer dropping data.'),
    }
    const episode = new Episode(lines, { clock: this.#clock })
    this.#episodes.set(reason, episode)
    return episode
  }
}
