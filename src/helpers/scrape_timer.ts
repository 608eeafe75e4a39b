import { type Clock, systemClock } from './clock.ts'

/** What a scrape timer depends on. Times are milliseconds. */
export interface ScrapeTimerOptions {
  readonly interval: number
  /** Until the first scrape. */
  readonly initialDelay: number
  /** Must not reject. */
  readonly scrape: () => Promise<void>
  readonly clock?: Clock
}

/**
 * Scrapes at a fixed beat that does not drift, however long a scrape takes or however late a timer
 * runs. A scrape never overlaps the one before: the beat that comes too early is left out and counted.
 */
export class ScrapeTimer {
  readonly #options: ScrapeTimerOptions
  readonly #clock: Clock
  #dueMs = 0
  #skipped = 0
  #stopped = false
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined

  constructor(options: ScrapeTimerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Scrapes that were left out, because the one before was still under way or the process was held up. */
  get skipped(): number {
    return this.#skipped
  }

  /** Begins the beat, unless it was stopped before. */
  start(): void {
    if (this.#stopped) return
    this.#dueMs = this.#clock.now() + this.#options.initialDelay
    this.#wait()
  }

  /** Ends the beat; resolves when no scrape is under way any more. May be repeated. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#running
  }

  #wait(): void {
    const ms = Math.max(0, this.#dueMs - this.#clock.now())
    this.#cancel = this.#clock.after(ms, () => this.#beat())
  }

  #beat(): void {
    const { interval, scrape } = this.#options
    // A timer may also run a little early.
    const missed = Math.max(0, Math.floor((this.#clock.now() - this.#dueMs) / interval))
    this.#skipped += missed
    this.#dueMs += (missed + 1) * interval
    this.#wait()
    if (this.#running) this.#skipped++
    else this.#running = scrape().finally(() => (this.#running = undefined))
  }
}
