import type { MemoryLimiterConfig } from './config.ts'

/** How far above the limits the memory is. */
export type Pressure = 'soft' | 'hard'

/** A check comes a little early now and then, and shall not be left out for that. */
const CHECK_SHARE = 0.95

/**
 * When garbage is collected by force. Collecting takes CPU, which what holds the memory may need to
 * get rid of it: the time in between doubles as long as collecting does not help.
 */
export class GarbageSchedule {
  readonly #config: MemoryLimiterConfig
  #atMs = Number.NEGATIVE_INFINITY
  #intervalMs = 0

  constructor(config: MemoryLimiterConfig) {
    this.#config = config
  }

  /** Whether it is time again. */
  isDue(pressure: Pressure, nowMs: number): boolean {
    return nowMs - this.#atMs >= Math.max(this.#intervalMs, this.#bounds(pressure).min)
  }

  /** It has been done; `helped` when the memory is below the limit that it was above. */
  done(pressure: Pressure, nowMs: number, helped: boolean): void {
    this.#atMs = nowMs
    if (helped) return this.calm()
    const { min, max } = this.#bounds(pressure)
    const first = Math.max(min, this.#config.check_interval * CHECK_SHARE)
    const next = this.#intervalMs === 0 ? first : this.#intervalMs * 2
    this.#intervalMs = max === 0 ? min : Math.min(next, max)
  }

  /** The memory is below its limits. */
  calm(): void {
    this.#intervalMs = 0
  }

  #bounds(pressure: Pressure): { min: number; max: number } {
    const config = this.#config
    if (pressure === 'hard') {
      const { min_gc_interval_when_hard_limited: min, max_gc_interval_when_hard_limited: max } =
        config
      return { min, max }
    }
    const { min_gc_interval_when_soft_limited: min, max_gc_interval_when_soft_limited: max } =
      config
    return { min, max }
  }
}
