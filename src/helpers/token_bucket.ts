import { systemClock, type Clock } from './clock.ts'

/** Grants so many a second; what one second leaves over can be had later, up to `burst` of them. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #clock: Pick<Clock, 'now'>
  readonly #burst: number
  #tokens: number
  #at: number

  /** Full at first. @param burst how many can be saved: as many as one second has unless given */
  constructor(
    perSecond: number,
    clock: Pick<Clock, 'now'> = systemClock,
    burst: number = perSecond,
  ) {
    this.#perSecond = perSecond
    this.#clock = clock
    this.#burst = burst
    this.#tokens = burst
    this.#at = clock.now()
  }

  /** How many of `wanted` are granted. */
  take(wanted: number): number {
    this.#fill()
    const granted = Math.min(wanted, Math.floor(this.#tokens))
    this.#tokens -= granted
    return granted
  }

  /** Whether all of `wanted` are granted; none of them is otherwise. */
  takeAll(wanted: number): boolean {
    this.#fill()
    if (wanted > this.#tokens) return false
    this.#tokens -= wanted
    return true
  }

  #fill(): void {
    const now = this.#clock.now()
    const gained = ((now - this.#at) / 1000) * this.#perSecond
    this.#at = now
    this.#tokens = Math.min(this.#burst, this.#tokens + gained)
  }
}
