import type { ExponentialBuckets } from '../pdata/metrics.ts'

/** The finest scale (OpenTelemetry metrics data model: a factor of 2^(2^-20)). */
const MAX_SCALE = 20
/** The coarsest scale that the data model has for doubles. */
const MIN_SCALE = -10

const EMPTY: ExponentialBuckets = { offset: 0, counts: [] }

/**
 * Values counted by bounds that grow by a factor, as OpenTelemetry's data model has them: fine at
 * first, and by half as fine whenever the values need more buckets than there may be.
 */
export class ExponentialHistogram {
  readonly type = 'exponential_histogram'
  readonly #maxSize: number
  /** How many of the values' unit make one of the data point's. */
  readonly perUnit: number
  #scale = MAX_SCALE
  /** Index of the first bucket; the others follow without a gap. */
  #offset = 0
  #counts: number[] = []
  #zeroes = 0
  #count = 0
  #sum = 0
  #min = Infinity
  #max = -Infinity
  /** Whether the smallest and the largest value are known. */
  #ranged = true

  /**
   * @param maxSize how many buckets there may be
   * @param perUnit how many of the values' unit make one of the data point's
   */
  constructor(maxSize: number, perUnit = 1) {
    this.#maxSize = maxSize
    this.perUnit = perUnit
  }

  /** Number of values so far. */
  get count(): number {
    return this.#count
  }

  /** Counts a value of 0 or more so many times; returns its octave. */
  record(value: number, weight = 1): number {
    this.#sum += value * weight
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const shown = value / this.perUnit
    this.#add(shown, weight)
    return value === 0 ? 0 : Math.floor(Math.log2(shown))
  }

  /** Counts values of which only the sum is known, all in the bucket of their mean. */
  recordMany(count: number, sum: number): void {
    this.#sum += sum
    this.#ranged = false
    this.#add(sum / count / this.perUnit, count)
  }

  #add(shown: number, count: number): void {
    this.#count += count
    if (shown === 0) {
      this.#zeroes += count
      return
    }
    // First, because making room may replace the counts.
    const place = this.#place(shown)
    this.#counts[place]! += count
  }

  /** The place of a value's bucket in `#counts`, which is made to have it. */
  #place(value: number): number {
    if (this.#counts.length === 0) {
      this.#offset = indexOf(value, this.#scale)
      this.#counts.push(0)
      return 0
    }
    const index = this.#fit(value)
    for (; this.#offset > index; this.#offset--) this.#counts.unshift(0)
    const place = index - this.#offset
    while (this.#counts.length <= place) this.#counts.push(0)
    return place
  }

  /** Makes the buckets coarser until one more fits; returns the value's index. */
  #fit(value: number): number {
    for (;;) {
      const index = indexOf(value, this.#scale)
      const low = Math.min(index, this.#offset)
      const high = Math.max(index, this.#offset + this.#counts.length - 1)
      if (high - low < this.#maxSize || this.#scale === MIN_SCALE) return index
      this.#coarsen()
    }
  }

  /** Joins each two neighbours. */
  #coarsen(): void {
    const counts: number[] = []
    const offset = this.#offset >> 1
    this.#counts.forEach((count, i) => {
      const place = ((this.#offset + i) >> 1) - offset
      counts[place] = (counts[place] ?? 0) + count
    })
    this.#counts = counts
    this.#offset = offset
    this.#scale--
  }

  /** What a data point says; there is a value at least. */
  values() {
    return {
      count: this.#count,
      sum: this.#sum / this.perUnit,
      ...(this.#ranged && { min: this.#min / this.perUnit, max: this.#max / this.perUnit }),
      scale: this.#scale,
      zeroCount: this.#zeroes,
      zeroThreshold: 0,
      positive: { offset: this.#offset, counts: [...this.#counts] },
      negative: EMPTY,
    }
  }

  /** Forgets all values. */
  reset(): void {
    this.#scale = MAX_SCALE
    this.#counts = []
    this.#offset = 0
    this.#zeroes = 0
    this.#count = 0
    this.#sum = 0
    this.#min = Infinity
    this.#max = -Infinity
    this.#ranged = true
  }
}

/** The bucket of a positive value: the `i` for which base^i < value <= base^(i + 1). */
function indexOf(value: number, scale: number): number {
  return Math.ceil(Math.log2(value) * 2 ** scale) - 1
}
