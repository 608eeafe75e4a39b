import type { Distribution } from './meter.ts'

/** Counts values by the bounds that they do not exceed. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #count = 0
  #sum = 0

  /** @param bounds upper bounds, inclusive, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  /** Counts a value. */
  add(value: number): void {
    this.#count++
    this.#sum += value
    const bucket = this.#bounds.findIndex((bound) => value <= bound)
    const at = bucket < 0 ? this.#bounds.length : bucket
    this.#counts[at] = (this.#counts[at] as number) + 1
  }

  /** What was counted so far; undefined while that is nothing. */
  get distribution(): Distribution | undefined {
    if (this.#count === 0) return undefined
    const [count, sum, bounds] = [this.#count, this.#sum, this.#bounds]
    return { count, sum, bounds, counts: [...this.#counts] }
  }
}

/** Two distributions over the same bounds as one. */
export function added(a: Distribution, b: Distribution): Distribution {
  const counts = a.counts.map((count, i) => count + (b.counts[i] ?? 0))
  return { count: a.count + b.count, sum: a.sum + b.sum, bounds: a.bounds, counts }
}
