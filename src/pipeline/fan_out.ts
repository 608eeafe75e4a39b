import type { Batch, Kind } from '../pdata/batch.ts'

/** Somebody who takes batches over: for each that is handed to it, it settles once. Does not throw. */
export interface Taker {
  take(batch: Batch): void
  /** No more batches come from here. */
  complete(): void
}

/** Who takes batches, by their kind. */
export class Takers {
  readonly #byKind = new Map<Kind, Taker[]>()

  /** Adds a taker for a kind. */
  add(kind: Kind, taker: Taker): void {
    const known = this.#byKind.get(kind)
    if (known) known.push(taker)
    else this.#byKind.set(kind, [taker])
  }

  /** Who takes a kind; undefined when nobody does. */
  of(kind: Kind): readonly Taker[] | undefined {
    return this.#byKind.get(kind)
  }

  /** Tells all that no more batches come. */
  complete(): void {
    for (const takers of this.#byKind.values()) {
      for (const taker of takers) taker.complete()
    }
  }
}

/** Hands batches to all who want their kind. */
export class FanOut {
  #takers = new Takers()

  /** Hands to others from now on; returns those that it handed to before, who have not been told. */
  become(takers: Takers): Takers {
    const before = this.#takers
    this.#takers = takers
    return before
  }

  /** True when somebody takes batches of this kind. */
  wants(kind: Kind): boolean {
    return this.#takers.of(kind) !== undefined
  }

  /** Hands a batch on. Its kind is wanted. */
  hand(batch: Batch): void {
    const takers = this.#takers.of(batch.kind) as readonly Taker[]
    if (takers.length > 1) batch.delivery.hold(takers.length - 1)
    for (const taker of takers) taker.take(batch)
  }

  /** Tells all takers that no more batches come. */
  complete(): void {
    this.#takers.complete()
  }
}
