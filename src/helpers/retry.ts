import { systemClock, type Clock } from './clock.ts'
import type { RetryConfig } from './sending_config.ts'

/** Replaceable sources of chance and time. */
export interface BackoffOptions {
  /** From 0 up to, not including, 1. */
  readonly random?: () => number
  readonly clock?: Clock
}

/**
 * The waits between the attempts of one request: exponential, spread at random, until the request
 * is too old. The rules are the Collector's: the n-th wait is `initial_interval × multiplier^n`, at
 * most `max_interval`, times a factor from `1 - randomization_factor` to `1 + randomization_factor`;
 * a wait that would end after `max_elapsed_time` is not begun.
 */
export class Backoff {
  readonly #config: RetryConfig
  readonly #random: () => number
  readonly #clock: Clock
  readonly #startedAt: number
  #interval: number

  /** Made when the first attempt begins. */
  constructor(
    config: RetryConfig,
    { random = Math.random, clock = systemClock }: BackoffOptions = {},
  ) {
    this.#config = config
    this.#random = random
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#interval = Math.min(config.initial_interval, config.max_interval)
  }

  /**
   * Milliseconds to wait before the next attempt, or undefined when there shall be none.
   * @param askedMs the least wait that the destination asked for (OTLP: RetryInfo, Retry-After)
   */
  next(askedMs: number = 0): number | undefined {
    const { enabled, max_elapsed_time } = this.#config
    if (!enabled) return undefined
    const wait = Math.max(this.#spread(), askedMs)
    const elapsed = this.#clock.now() - this.#startedAt
    if (max_elapsed_time > 0 && elapsed + wait > max_elapsed_time) return undefined
    return wait
  }

  #spread(): number {
    const { randomization_factor, multiplier, max_interval } = this.#config
    const interval = this.#interval
    this.#interval = Math.min(interval * multiplier, max_interval)
    return interval * (1 + randomization_factor * (2 * this.#random() - 1))
  }
}
