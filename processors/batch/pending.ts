import type { Outcome } from '../../src/pdata/delivery.ts'
import { mergeBatches, type OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { splitBatch } from '../../src/pdata/split_batch.ts'

/** Items of one kind that wait to be handed on, in the order in which they came. */
export class PendingBatches {
  #batches: OtlpBatch[] = []
  #itemCount = 0

  /** Number of items that wait. */
  get itemCount(): number {
    return this.#itemCount
  }

  /** Takes a batch over; it is not empty. */
  add(batch: OtlpBatch): void {
    this.#batches.push(batch)
    this.#itemCount += batch.itemCount
  }

  /** Takes out the oldest items, `items` at most, as one batch; there are some. */
  take(items: number): OtlpBatch {
    if (items >= this.#itemCount) return mergeBatches(this.#takeAll())
    const taken: OtlpBatch[] = []
    for (let room = items; room > 0;) {
      const [head, rest] = splitBatch(this.#batches[0] as OtlpBatch, room)
      taken.push(head)
      room -= head.itemCount
      if (rest) this.#batches[0] = rest
      else this.#batches.shift()
      this.#itemCount -= head.itemCount
    }
    return mergeBatches(taken)
  }

  /** Settles all that waits; returns the number of items. */
  discard(outcome: Outcome): number {
    const items = this.#itemCount
    for (const { delivery } of this.#takeAll()) delivery.settle(outcome)
    return items
  }

  #takeAll(): OtlpBatch[] {
    const taken = this.#batches
    this.#batches = []
    this.#itemCount = 0
    return taken
  }
}
