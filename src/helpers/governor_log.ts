import type { Logger } from '../telemetry/logger.ts'
import { MAX_SHIFT } from './governor_cpu.ts'
import type { GovernorState } from './governor_metrics.ts'

const MIB = 1024 * 1024

/** What a governor says: when its state changes, and nothing in between. */
export class GovernorLog {
  readonly #log: Logger
  readonly #state: GovernorState
  #shift = 0
  #refusing = false
  #atMost = false

  constructor(log: Logger, state: GovernorState) {
    this.#log = log
    this.#state = state
  }

  /** At the start, where nothing can be done about the cost. */
  sayPowerless(): void {
    this.#log.warn('service.limits.cpu is set, but no component here can do less.')
  }

  /** After each decision about CPU. */
  sayCpu(): void {
    const { shift, cores = 0, limits } = this.#state
    const limit = limits.cpu as number
    const fields = { cores: Math.round(cores * 1_000) / 1_000, limit, keeping_1_of: 2 ** shift }
    if (shift > this.#shift) {
      this.#log.warn(fields, 'The agent costs more CPU than it may, keeping fewer exchanges.')
    } else if (shift < this.#shift) {
      this.#log.info(fields, 'The agent costs less CPU than it may, keeping more exchanges.')
    }
    this.#shift = shift
    const atMost = shift === MAX_SHIFT && cores > limit
    if (atMost && !this.#atMost) {
      this.#log.error(fields, 'The agent costs more CPU than it may whatever it leaves out.')
    }
    this.#atMost = atMost
  }

  /** After each decision about memory. */
  sayMemory(rssBytes: number): void {
    const { refusing, limits } = this.#state
    if (refusing === this.#refusing) return
    this.#refusing = refusing
    const fields = { rss_mib: Math.round(rssBytes / MIB), limit_mib: limits.memory_mib }
    if (refusing) {
      this.#log.error(fields, 'The agent uses more memory than it may, refusing data.')
    } else {
      this.#log.info(fields, 'The agent uses less memory than it may, taking data again.')
    }
  }
}
