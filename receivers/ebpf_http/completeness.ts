import { systemClock, type Clock } from '../../src/helpers/clock.ts'

/** Bytes of HTTP connections that have closed since the programs were loaded. */
export interface PayloadTotals {
  /** Bytes that our programs read. */
  readonly seen: number
  /** Bytes that TCP itself counted on the same connections, acknowledged and received. */
  readonly total: number
}

interface Mark extends PayloadTotals {
  readonly atMs: number
}

/** How far back the estimate looks, and how finely that moves on, in milliseconds. */
const WINDOW_MS = 300_000
const STEP_MS = 30_000

/**
 * How much of the HTTP traffic of the last five minutes our programs read: 1 when they read every
 * byte that TCP carried on the connections that they follow. Both totals have to be counted for the
 * same connections at the same moment, or the ratio says nothing.
 */
export class Completeness {
  readonly #clock: Pick<Clock, 'now'>
  readonly #marks: Mark[]

  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#clock = clock
    this.#marks = [{ seen: 0, total: 0, atMs: clock.now() }]
  }

  /** Takes the totals as they stand; to be called every few seconds. */
  note({ seen, total }: PayloadTotals): void {
    const atMs = this.#clock.now()
    const last = this.#marks.at(-1) as Mark
    if (atMs - last.atMs >= STEP_MS) this.#marks.push({ seen, total, atMs })
    while (this.#marks.length > 1 && (this.#marks[1] as Mark).atMs <= atMs - WINDOW_MS) {
      this.#marks.shift()
    }
  }

  /**
   * From 0 to 1; undefined when TCP counted no byte in the window. Bytes that were sent twice may
   * have been read twice: more than all is all.
   */
  ratio({ seen, total }: PayloadTotals): number | undefined {
    const since = this.#marks[0] as Mark
    const carried = total - since.total
    if (carried <= 0) return undefined
    return Math.min(1, Math.max(0, (seen - since.seen) / carried))
  }
}
