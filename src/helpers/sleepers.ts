import type { Clock } from './clock.ts'

/** Waits that can all be ended at once. */
export class Sleepers {
  readonly #clock: Clock
  readonly #wakers = new Set<() => void>()
  #awake = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves after `ms` milliseconds, or at `wakeAll`. */
  sleep(ms: number): Promise<void> {
    if (this.#awake) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake)
        cancel()
        resolve()
      }
      const cancel = this.#clock.after(ms, wake)
      this.#wakers.add(wake)
    })
  }

  /** Ends every wait, and all that are still to come. */
  wakeAll(): void {
    this.#awake = true
    for (const wake of this.#wakers) wake()
  }
}
