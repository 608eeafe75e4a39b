import type { Batch, Kind } from '../pdata/batch.ts'

/** Somebody who takes batches over: for each that is handed to it, it settles once. Does not throw. */
export interface Taker {
  take(batch: Batch): void
  /** No more batches come from here. */
  complete(): void
}

/** A taker, and the pipeline that it begins or ends. */
interface Way {
  readonly taker: Taker
  readonly pipeline: string
}

/** Who takes batches, by their kind. */
export class Takers {
  readonly #byKind = new Map<Kind, Way[]>()

  /** Adds a taker for a kind. @param pipeline the id of the pipeline that it begins or ends */
  add(kind: Kind, taker: Taker, pipeline: string): void {
    const known = this.#byKind.get(kind)
    if (known) known.push({ taker, pipeline })
    else this.#byKind.set(kind, [{ taker, pipeline }])
  }

  /** Who takes a kind; undefined when nobody does. */
  of(kind: Kind): readonly Way[] | undefined {
    return this.#byKind.get(kind)
  }

  /** Tells all that no more batches come. */
  complete(): void {
    for (const ways of this.#byKind.values()) {
      for (const { taker } of ways) taker.complete()
    }
  }
}

/** Hands batches to all who want their kind, or to those of them that somebody chooses. */
export class FanOut {
  #takers = new Takers()
  readonly #destinationsOf: ((batch: Batch) => readonly string[]) | undefined

  /** @param destinationsOf the ids of the pipelines that a batch goes to; all unless given */
  constructor(destinationsOf?: (batch: Batch) => readonly string[]) {
    this.#destinationsOf = destinationsOf
  }

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
    const ways = this.#chosen(batch)
    if (ways.length === 0) {
      return batch.delivery.settle({ kind: 'rejected', reason: 'no_consumer' })
    }
    if (ways.length > 1) batch.delivery.hold(ways.length - 1)
    for (const { taker } of ways) taker.take(batch)
  }

  /** Tells all takers that no more batches come. */
  complete(): void {
    this.#takers.complete()
  }

  #chosen(batch: Batch): readonly Way[] {
    const ways = this.#takers.of(batch.kind) as readonly Way[]
    const chosen = this.#destinationsOf?.(batch)
    return chosen ? ways.filter(({ pipeline }) => chosen.includes(pipeline)) : ways
  }
}
