/** A reading of both clocks at the same moment, in nanoseconds. */
export interface ClockReading {
  readonly monotonicNs: bigint
  readonly wallNs: bigint
}

/** How often the offset is measured again. */
const REFRESH_NS = 10_000_000_000n
/** A change of the offset below this is noise of the measurement; NTP slews slower than that. */
const NOISE_NS = 100_000n

/**
 * Turns CLOCK_MONOTONIC, which the kernel stamps records with, into time since 1970. The offset is
 * measured every ten seconds and replaced only when it really moved, so that two spans of one
 * exchange get the same.
 */
export class WallClock {
  /** Nanoseconds to add to CLOCK_MONOTONIC, as two unsigned 32-bit halves. */
  offsetLow = 0
  offsetHigh = 0
  #offset = 0n
  #nextNs = 0n
  readonly #read: () => ClockReading
  readonly #now: () => bigint

  constructor(
    read: () => ClockReading = readClocks,
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
    this.#nextNs = monotonicNs + REFRESH_NS
    const reading = this.#read()
    const measured = reading.wallNs - reading.monotonicNs
    const moved = measured - this.#offset
    if (moved > -NOISE_NS && moved < NOISE_NS) return
    this.#offset = measured
    this.offsetLow = Number(measured & 0xffffffffn)
    this.offsetHigh = Number(measured >> 32n)
  }
}

/**
 * Reads both clocks at the moment when the wall clock's millisecond changes, which is waited for
 * (a millisecond at most): JavaScript shows no more of the wall clock than its milliseconds.
 */
export function readClocks(): ClockReading {
  const start = Date.now()
  let wallMs = start
  while (wallMs === start) wallMs = Date.now()
  return { monotonicNs: process.hrtime.bigint(), wallNs: BigInt(wallMs) * 1_000_000n }
}
