/** A moment of a running agent: cores that it used, and items per second that it kept. */
export interface CostPoint {
  readonly cores: number
  readonly rate: number
}

/** By which factor the rate has to differ for two moments to say what an item costs. */
const TELLING = 1.5

/**
 * What one item more costs, learned when the rate changes from one moment to the next, as it does
 * with each change of the sampling. Before that all cost is held to come from items, which is the
 * most that they can cost.
 */
export class ItemCost {
  #reference: CostPoint | undefined
  #learned: number | undefined

  /** Takes a moment. */
  learn(point: CostPoint): void {
    const from = this.#reference
    this.#reference = point
    if (!from) return
    const low = from.rate < point.rate ? from : point
    const high = low === from ? point : from
    // Where fewer items cost more, something else made the difference.
    if (high.rate < low.rate * TELLING || high.cores <= low.cores) return
    this.#learned = (high.cores - low.cores) / (high.rate - low.rate)
  }

  /** Cores that go into the items of a moment; the rest is there without any. */
  ofItems({ cores, rate }: CostPoint): number {
    return this.#learned === undefined ? cores : Math.min(cores, this.#learned * rate)
  }
}
