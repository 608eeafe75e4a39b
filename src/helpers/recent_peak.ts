import { systemClock, type Clock } from './clock.ts'

/** The highest value of late: of the last `windowMs` milliseconds at least, of twice that at most. */
export class RecentPeak {
  readonly #windowMs: number
  readonly #clock: Pick<Clock, 'now'>
  #began: number
  #now = 0
  #before = 0

  constructor(windowMs: number, clock: Pick<Clock, 'now'> = systemClock) {
    this.#windowMs = windowMs
    this.#clock = clock
    this.#began = clock.now()
  }

  /** Takes a value. */
  note(value: number): void {
    this.#turn()
    if (value > this.#now) this.#now = value
  }

  /** The highest of the values noted of late; 0 when there are none. */
  get value(): number {
    this.#turn()
    return Math.max(this.#now, this.#before)
  }

  #turn(): void {
    const passed = this.#clock.now() - this.#began
    if (passed < this.#windowMs) return
    this.#before = passed < 2 * this.#windowMs ? this.#now : 0
    this.#now = 0
    this.#began = this.#clock.now()
  }
}
