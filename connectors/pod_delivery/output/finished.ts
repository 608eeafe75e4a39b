import type { JudgedDelivery } from '../../../src/helpers/delivery/model.ts'

/** The deliveries that ended last, so many of them. */
export class FinishedDeliveries {
  readonly #limit: number
  readonly #all = new Set<JudgedDelivery>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#all.size
  }

  add(judged: JudgedDelivery): void {
    if (this.#limit === 0) return
    this.#all.add(judged)
    const [oldest] = this.#all
    if (this.#all.size > this.#limit && oldest) this.#all.delete(oldest)
  }

  [Symbol.iterator](): Iterator<JudgedDelivery> {
    return this.#all[Symbol.iterator]()
  }
}
