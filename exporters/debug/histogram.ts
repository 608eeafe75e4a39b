/**
 * Buckets in each power of two. A bucket is then 1/32 of its lower end wide, and its middle at most
 * 1/64 (1.6 %) from any value in it.
 */
const SUB_BUCKETS = 32
const SUB_BITS = 5
/** Larger values count as the largest: 2^44 ns is 4.9 hours. */
const MAX_VALUE = 2 ** 44 - 1
const BUCKETS = (44 - SUB_BITS) * SUB_BUCKETS + SUB_BUCKETS
const TWO_32 = 2 ** 32

/**
 * Counts of durations in log-linear buckets of fixed number (5 KiB): values below 32 exactly,
 * others to 1.6 %. Adding allocates nothing.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0

  /** Counts one value; what is below 0 counts as 0, fractions are cut off. */
  add(value: number): void {
    const bucket = bucketOf(value)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#total++
  }

  /** Adds all that `other` has counted. */
  merge(other: Histogram): void {
    for (let i = 0; i < BUCKETS; i++) {
      this.#counts[i] = (this.#counts[i] as number) + (other.#counts[i] as number)
    }
    this.#total += other.#total
  }

  /** Number of values. */
  get total(): number {
    return this.#total
  }

  /**
   * The value that a share of `q` (0 to 1) of all values does not exceed, by nearest rank; 0 when
   * nothing was counted.
   */
  quantile(q: number): number {
    const rank = Math.max(1, Math.ceil(q * this.#total))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] as number
      if (seen >= rank) return middleOf(i)
    }
    return 0
  }
}

function bucketOf(value: number): number {
  if (!(value >= 1)) return 0
  if (value < TWO_32) return bucketOf32(value >>> 0)
  const capped = Math.min(value, MAX_VALUE)
  const shift = 63 - Math.clz32(capped / TWO_32) - SUB_BITS
  return shift * SUB_BUCKETS + Math.floor(capped / 2 ** shift)
}

function bucketOf32(value: number): number {
  if (value < SUB_BUCKETS) return value
  const shift = 31 - Math.clz32(value) - SUB_BITS
  return shift * SUB_BUCKETS + (value >>> shift)
}

function middleOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1
  const low = (bucket - shift * SUB_BUCKETS) * 2 ** shift
  return low + (2 ** shift - 1) / 2
}
