import type { Clock } from '../helpers/clock.ts'

/** Ends what has been silent for too long. Time in which we do not listen ourselves does not count. */
export class Watchdog {
  readonly #clock: Clock
  #silenceMs: number
  readonly #ending = new AbortController()
  #heardAt: number
  #isTied = false
  #cancel: () => void = () => {}

  constructor(clock: Clock, silenceMs: number) {
    this.#clock = clock
    this.#silenceMs = silenceMs
    this.#heardAt = clock.now()
    this.#watch(silenceMs)
  }

  /** Aborted when it has been silent for too long. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get hasBarked(): boolean {
    return this.#ending.signal.aborted
  }

  /** What it has to say. */
  get words(): string {
    return `nothing was heard for ${Math.round(this.#silenceMs / 1000)} s`
  }

  /** From now on something is due within so many milliseconds. */
  due(ms: number): void {
    if (ms === this.#silenceMs) return
    this.#silenceMs = ms
    this.#cancel()
    this.#watch(ms)
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** Waits for what keeps us from listening. */
  async tied(busy: Promise<void>): Promise<void> {
    this.#isTied = true
    try {
      await busy
    } finally {
      this.#isTied = false
      this.heard()
    }
  }

  /** Ends the watching. */
  stop(): void {
    this.#cancel()
  }

  #watch(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const left = this.#isTied
        ? this.#silenceMs
        : this.#heardAt + this.#silenceMs - this.#clock.now()
      if (left > 0) this.#watch(left)
      else this.#ending.abort()
    })
  }
}
