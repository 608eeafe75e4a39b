import { systemClock, type Clock } from '../../src/helpers/clock.ts'

/** Grants so many a second; what one second leaves over can be had in the next. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #clock: Pick<Clock, 'now'>
  #tokens: number
  #at: number

  /** Full at first. */
  constructor(perSecond: number, clock: Pick<Clock, 'now'> = systemClock) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#tokens = perSecond
    this.#at = clock.now()
  }

  /** How many of `wanted` are granted. */
  take(wanted: number): number {
    const now = this.#clock.now()
    const gained = ((now - this.#at) / 1000) * this.#perSecond
    this.#at = now
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained)
    const granted = Math.min(wanted, Math.floor(this.#tokens))
    this.#tokens -= granted
    return granted
  }
}
