import type { Subscription } from 'rxjs'
import type { Receiver } from '../component/component.ts'
import type { Batch } from '../pdata/batch.ts'
import type { Delivery } from '../pdata/delivery.ts'
import type { FanOut } from './fan_out.ts'

/** What a source is made of. */
export interface SourceOptions {
  readonly id: string
  readonly receiver: Receiver
  readonly exits: FanOut
  /** Why nothing may be taken in now; undefined while it may. */
  readonly refusal: () => string | undefined
  /** Told once when the receiver cannot go on. */
  readonly onFailed: (error: Error) => void
}

/** A receiver and those it feeds. */
export class Source {
  readonly id: string
  readonly #options: SourceOptions
  /** What may be under way still, oldest first. */
  readonly #underWay: Delivery[] = []
  #open = true
  #subscription: Subscription | undefined

  constructor(options: SourceOptions) {
    this.id = options.id
    this.#options = options
  }

  /** Begins to take batches; the receiver is not started yet. */
  run(): void {
    this.#subscription = this.#options.receiver.batches$.subscribe({
      next: (batch) => this.#hand(batch),
      error: (cause: unknown) => this.#fail(cause),
      complete: () => this.#end(),
    })
  }

  /** Ends a source that does not end by itself; returns false when it has ended already. */
  abandon(): boolean {
    if (!this.#open) return false
    this.#subscription?.unsubscribe()
    this.#end()
    return true
  }

  /** Settles what nobody has settled although everything has ended: what a failed operator held. */
  giveUp(): void {
    for (const delivery of this.#underWay.splice(0)) {
      while (!delivery.settled) delivery.settle({ kind: 'rejected', reason: 'pipeline_failed' })
    }
  }

  #hand(batch: Batch): void {
    const { exits, refusal } = this.#options
    if (!exits.wants(batch.kind)) {
      return batch.delivery.settle({ kind: 'rejected', reason: 'no_consumer' })
    }
    const reason = refusal()
    if (reason !== undefined) return batch.delivery.settle({ kind: 'refused', reason })
    this.#follow(batch.delivery)
    exits.hand(batch)
  }

  /** Batches are settled in nearly the order in which they come, so that few are kept. */
  #follow(delivery: Delivery): void {
    while (this.#underWay[0]?.settled) this.#underWay.shift()
    this.#underWay.push(delivery)
  }

  #fail(cause: unknown): void {
    this.#options.onFailed(new Error(`receiver "${this.id}" failed`, { cause }))
    this.#end()
  }

  #end(): void {
    this.#open = false
    this.#options.exits.complete()
  }
}
