import type { Batch, Kind } from '../pdata/batch.ts'

/** Somebody who takes batches over: for each that is handed to it, it settles once. Does not throw. */
export interface Taker {
  take(batch: Batch): void
  /** No more batches come from here. */
  complete(): void
}

/** Hands batches to all who want their kind. */
export class FanOut {
  readonly #takers = new Map<Kind, Taker[]>()

  /** Adds a taker for a kind. */
  add(kind: Kind, taker: Taker): void {
    const known = this.#takers.get(kind)
    if (known) known.push(taker)
    else this.#takers.set(kind, [taker])
  }

  /** True when somebody takes batches of this kind. */
  wants(kind: Kind): boolean {
    return this.#takers.has(kind)
  }

  /** Hands a batch on. Its kind is wanted. */
  hand(batch: Batch): void {
    const takers = this.#takers.get(batch.kind) as Taker[]
    if (takers.length > 1) batch.delivery.hold(takers.length - 1)
    for (const taker of takers) taker.take(batch)
  }

  /** Tells all takers that no more batches come. */
  complete(): void {
    for (const takers of this.#takers.values()) {
      for (const taker of takers) taker.complete()
    }
  }
}
