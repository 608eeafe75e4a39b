import type { Exemplar } from '../pdata/metrics.ts'

/**
 * Examples of what a histogram counts: between two takings the first value of each bucket, so that
 * the ids of few spans are decoded, and of those the last `max`.
 */
export class Exemplars {
  readonly #max: number
  /** A bit for each bucket that has one; buckets share the 32 bits where there are more. */
  #taken = 0
  #kept: Exemplar[] = []
  #added = 0

  /** @param max how many are kept; 0 keeps none */
  constructor(max: number) {
    this.#max = max
  }

  /** True when the bucket has no example yet. */
  wants(bucket: number): boolean {
    return (this.#taken & (1 << bucket)) === 0 && this.#max > 0
  }

  /** Keeps an example of the bucket. */
  add(bucket: number, exemplar: Exemplar): void {
    this.#taken |= 1 << bucket
    this.#kept[this.#added++ % this.#max] = exemplar
  }

  /** Hands the examples out and begins anew. */
  take(): readonly Exemplar[] {
    const kept = this.#kept
    this.#kept = []
    this.#added = 0
    this.#taken = 0
    return kept
  }
}
