import { type CostPoint, ItemCost } from './governor_cost.ts'

/** What the agent has used and kept since it began; both only grow. */
export interface CpuReading {
  readonly atMs: number
  readonly cpuSeconds: number
  readonly items: number
  /** Cores that its programs in the kernel cost now; 0 where that is not known. */
  readonly programCores: number
}

/** Keeping 1 of 1024 is the least that is kept. */
export const MAX_SHIFT = 10

/** The cost is the mean over this time, in milliseconds, and is not judged before half of it. */
const WINDOW_MS = 10_000
const SETTLE_MS = 5_000

/** The share of the limit that is aimed at: what lies between is room for the cost to move. */
const TARGET = 0.8

/** The most that one decision adds to the shift: what follows is decided by what it brought. */
const MOST_AT_ONCE = 3

/** How long after doing less, and after doing more, nothing more is tried, in milliseconds. */
const FIRST_HOLD_MS = 30_000
const NEXT_HOLD_MS = 10_000
const LONGEST_HOLD_MS = 480_000

/** Having to do less so soon after doing more means that it was tried too early. */
const TOO_EARLY_MS = 300_000

/**
 * Decides how much is sampled so that the agent's CPU stays within a limit. It samples more as soon
 * as the mean cost is above the limit, and less only when what is known of the cost of items says
 * that twice of them would still cost less than the target. When that proves wrong, the next try
 * waits twice as long: a load that comes and goes does not make it swing.
 */
export class CpuGovernor {
  readonly #limit: number
  readonly #cost = new ItemCost()
  #readings: CpuReading[] = []
  #shift = 0
  #cores: number | undefined
  #holdMs = FIRST_HOLD_MS
  #mayLowerAtMs = 0
  /** When more was last tried, until that has proved right or wrong. */
  #tryingSinceMs: number | undefined

  /** @param limit cores */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** 1 of 2^shift is kept. */
  get shift(): number {
    return this.#shift
  }

  /** Cores used over the last window; undefined until it is known. */
  get cores(): number | undefined {
    return this.#cores
  }

  /** Takes a reading, about once a second, and decides. */
  step(reading: CpuReading): void {
    const point = this.#judge(reading)
    if (!point) return
    this.#cores = point.cores
    this.#cost.learn(point)
    const { atMs } = reading
    if (point.cores > this.#limit) return this.#doLess(point, atMs)
    if (this.#tryingSinceMs !== undefined && atMs - this.#tryingSinceMs >= TOO_EARLY_MS) {
      this.#tryingSinceMs = undefined
      this.#holdMs = FIRST_HOLD_MS
    }
    if (this.#shift > 0 && atMs >= this.#mayLowerAtMs) this.#doMore(point, atMs)
  }

  /** The mean over the window, once enough of it lies behind. */
  #judge(reading: CpuReading): CostPoint | undefined {
    this.#readings.push(reading)
    const { atMs, cpuSeconds, items, programCores } = reading
    while (atMs - (this.#readings[1]?.atMs ?? atMs) >= WINDOW_MS) this.#readings.shift()
    const from = this.#readings[0] as CpuReading
    const passedMs = atMs - from.atMs
    if (passedMs < SETTLE_MS) return undefined
    const seconds = passedMs / 1_000
    const cores = (cpuSeconds - from.cpuSeconds) / seconds + programCores
    return { cores, rate: (items - from.items) / seconds }
  }

  #doLess(point: CostPoint, atMs: number): void {
    if (this.#shift === MAX_SHIFT) return
    if (this.#tryingSinceMs !== undefined) {
      this.#holdMs = Math.min(2 * this.#holdMs, LONGEST_HOLD_MS)
      this.#tryingSinceMs = undefined
    }
    this.#mayLowerAtMs = atMs + this.#holdMs
    this.#change(Math.min(MAX_SHIFT, this.#shift + this.#steps(point)))
  }

  /** How many times the items have to be halved to come to the target, or at least to the limit. */
  #steps(point: CostPoint): number {
    const ofItems = this.#cost.ofItems(point)
    for (const share of [TARGET, 1]) {
      const left = this.#limit * share - (point.cores - ofItems)
      if (left <= 0) continue
      return Math.min(MOST_AT_ONCE, Math.max(1, Math.ceil(Math.log2(ofItems / left))))
    }
    return MOST_AT_ONCE
  }

  #doMore(point: CostPoint, atMs: number): void {
    const expected = point.cores + this.#cost.ofItems(point)
    if (expected > this.#limit * TARGET) return
    this.#tryingSinceMs = atMs
    this.#mayLowerAtMs = atMs + NEXT_HOLD_MS
    this.#change(this.#shift - 1)
  }

  /** What was read before a change says nothing of the time after it. */
  #change(shift: number): void {
    this.#shift = shift
    this.#readings = this.#readings.slice(-1)
  }
}
