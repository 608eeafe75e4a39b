/** A reading of both clocks at the same moment, in nanoseconds. */
export interface ClockReading {
  readonly monotonicNs: bigint
  readonly wallNs: bigint
}

/** How often the offset is measured again. */
const REFRESH_NS = 10_000_000_000n
/** A change of the offset below this is noise of the measurement: NTP slews both clocks alike. */
const NOISE_NS = 100_000n

/**
 * Turns CLOCK_MONOTONIC, which the kernel stamps records with, into time since 1970. The offset is
 * measured every ten seconds and replaced only when it really moved, so that two spans of one
 * exchange get the same.
 */
export class WallClock {
  /**
   * Nanoseconds to add to CLOCK_MONOTONIC, as two 32-bit halves: the lower one is unsigned, the
   * upper one has the sign.
   */
  offsetLow = 0
  offsetHigh = 0
  #offset = 0n
  #nextNs = 0n
  readonly #read: () => ClockReading
  readonly #now: () => bigint

  constructor(
    read: () => ClockReading = () => readClocks(),
    now: () => bigint = () => process.hrtime.bigint(),
  ) {
    this.#read = read
    this.#now = now
  }

  /** Nanoseconds to add to CLOCK_MONOTONIC. Call `refresh` first, once a batch. */
  get offset(): bigint {
    return this.#offset
  }

  /** Measures the offset when that is due. */
  refresh(): void {
    const monotonicNs = this.#now()
    if (monotonicNs < this.#nextNs) return
    const first = this.#nextNs === 0n
    this.#nextNs = monotonicNs + REFRESH_NS
    const reading = this.#read()
    const measured = reading.wallNs - reading.monotonicNs
    const moved = measured - this.#offset
    if (!first && moved > -NOISE_NS && moved < NOISE_NS) return
    this.#offset = measured
    this.offsetLow = Number(measured & 0xffffffffn)
    this.offsetHigh = Number(measured >> 32n)
  }
}

/** A good reading takes less from look to look; one that takes longer was interrupted. */
const TIGHT_NS = 50_000n
const MAX_TRIES = 5

/**
 * Reads both clocks at the moment when the wall clock's millisecond changes, which is waited for
 * (a millisecond, or a few where we are interrupted just then): JavaScript shows no more of the wall
 * clock than its milliseconds.
 */
export function readClocks(
  wallMs: () => number = Date.now,
  monotonicNs: () => bigint = () => process.hrtime.bigint(),
): ClockReading {
  let tries = 0
  let last = { at: monotonicNs(), wall: wallMs() }
  for (;;) {
    const next = { at: monotonicNs(), wall: wallMs() }
    if (next.wall !== last.wall) {
      const now = monotonicNs()
      const tight = now - last.at < TIGHT_NS
      if (tight || ++tries === MAX_TRIES) {
        return { monotonicNs: now, wallNs: BigInt(next.wall) * 1_000_000n }
      }
    }
    last = next
  }
}
