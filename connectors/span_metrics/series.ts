import type { Exemplars } from '../../src/helpers/exemplars.ts'
import type { ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import type { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'
import type { ByteRow } from '../../src/helpers/byte_table.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'

/** Spans of the same attributes. */
export class Series implements ByteRow<Series> {
  readonly hash: number
  readonly attributes: Attributes
  /** Nanoseconds since 1970: since when it counts. */
  startNs: bigint
  /** How many spans or events, where they are counted here. */
  calls = 0
  /** What is left of weights that are no whole numbers; any share at first, so that sums come out right. */
  #rest: number
  /** How many of them its last data point said; -1 where there was none yet. */
  told = -1
  /** Whether something was counted since the last flush. */
  touched = false
  /** The last flush, in milliseconds since 1970, at which something had been counted. */
  usedMs = 0
  /** Undefined where durations are not counted here. */
  readonly histogram: ExplicitHistogram | ExponentialHistogram | undefined
  readonly exemplars: Exemplars
  next: Series | undefined
  keyAt = 0
  keySize = 0

  constructor(
    hash: number,
    attributes: Attributes,
    startNs: bigint,
    histogram: Series['histogram'],
    exemplars: Exemplars,
    rest: number,
  ) {
    this.hash = hash
    this.attributes = attributes
    this.startNs = startNs
    this.histogram = histogram
    this.exemplars = exemplars
    this.#rest = rest
  }

  /** Counts a span or event; returns the bucket of its duration. */
  count(durationNs: number, weight: number): number {
    this.touched = true
    const whole = weight === 1 ? 1 : this.#wholeOf(weight)
    this.calls += whole
    if (this.histogram === undefined) return this.calls & 31
    return whole === 0 ? 0 : this.histogram.record(durationNs, whole)
  }

  /** So that many weights of 1.5 make 1, 2, 1, 2. */
  #wholeOf(weight: number): number {
    const all = weight + this.#rest
    const whole = Math.floor(all)
    this.#rest = all - whole
    return whole
  }
}
