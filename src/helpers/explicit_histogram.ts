/** Bounds that many histograms share. */
export class ExplicitBounds {
  /** As data points have them. */
  readonly shown: readonly number[]
  /** The same in the unit of the values. */
  readonly inner: readonly number[]
  /** How many of the values' unit make one of the data point's. */
  readonly perUnit: number

  /**
   * @param shown upper bounds, inclusive, ascending, in the data point's unit
   * @param perUnit how many of the values' unit make one of the data point's
   */
  constructor(shown: readonly number[], perUnit = 1) {
    this.shown = shown
    this.perUnit = perUnit
    // Rounded, so that a value of exactly a bound is not above it: 1.001 * 1e9 is less than 1001000000.
    this.inner = perUnit === 1 ? shown : shown.map((bound) => Math.round(bound * perUnit))
  }
}

/**
 * Values counted by fixed bounds. Values are integers where that can be: for others V8 allocates, so
 * durations are nanoseconds here, and seconds in data points.
 */
export class ExplicitHistogram {
  readonly type = 'histogram'
  readonly #bounds: ExplicitBounds
  #counts: number[]
  #count = 0
  #sum = 0
  #min = Infinity
  #max = -Infinity
  /** Whether the smallest and the largest value are known. */
  #ranged = true

  constructor(bounds: ExplicitBounds) {
    this.#bounds = bounds
    this.#counts = bounds.shown.map(() => 0)
    this.#counts.push(0)
  }

  /** How many of the values' unit make one of the data point's. */
  get perUnit(): number {
    return this.#bounds.perUnit
  }

  /** Number of values so far. */
  get count(): number {
    return this.#count
  }

  /** Counts a value so many times; returns its bucket. */
  record(value: number, weight = 1): number {
    const bucket = this.#bucketOf(value)
    this.#counts[bucket]! += weight
    this.#count += weight
    this.#sum += value * weight
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    return bucket
  }

  /** Counts values of which only the sum is known, all in the bucket of their mean. */
  recordMany(count: number, sum: number): void {
    this.#counts[this.#bucketOf(sum / count)]! += count
    this.#count += count
    this.#sum += sum
    this.#ranged = false
  }

  #bucketOf(value: number): number {
    const bounds = this.#bounds.inner
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (value <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** What a data point says; there is a value at least. */
  values() {
    return {
      count: this.#count,
      sum: this.#sum / this.perUnit,
      ...(this.#ranged && { min: this.#min / this.perUnit, max: this.#max / this.perUnit }),
      bounds: this.#bounds.shown,
      counts: [...this.#counts],
    }
  }

  /** Forgets all values. */
  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sum = 0
    this.#min = Infinity
    this.#max = -Infinity
    this.#ranged = true
  }
}
