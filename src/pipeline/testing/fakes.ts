import { Subject } from 'rxjs'
import type { Exporter, Receiver } from '../../component/component.ts'
import { countedDelivery } from '../../component/counted_delivery.ts'
import type { Batch, Kind } from '../../pdata/batch.ts'
import { ACCEPTED, Delivery } from '../../pdata/delivery.ts'
import type { Outcome } from '../../pdata/delivery.ts'
import type { ComponentCounters } from '../../telemetry/counters.ts'

/** A batch that has a kind and a size and nothing else. */
export function fakeBatch(kind: Kind, itemCount: number, delivery = new Delivery()): Batch {
  return { kind, itemCount, delivery } as unknown as Batch
}

/** A receiver that emits when it is told to, and keeps what became of its batches. */
export class FakeReceiver implements Receiver {
  readonly batches$ = new Subject<Batch>()
  readonly outcomes: Outcome[] = []
  readonly #counters: ComponentCounters

  constructor(counters: ComponentCounters) {
    this.#counters = counters
  }

  /** Emits a batch, counted as seen. */
  emit(kind: Kind, items: number): Batch {
    this.#counters.countIn(items)
    const keep = (outcome: Outcome): void => void this.outcomes.push(outcome)
    const batch = fakeBatch(kind, items, countedDelivery(this.#counters, items, keep))
    this.batches$.next(batch)
    return batch
  }

  /** Completes the stream. */
  end(): void {
    this.batches$.complete()
  }
}

/** An exporter that takes everything at once, or what `answer` says. */
export class FakeExporter implements Exporter {
  readonly batches: Batch[] = []
  answer: (batch: Batch) => Promise<Outcome> = async () => ACCEPTED
  readonly #counters: ComponentCounters

  constructor(counters: ComponentCounters) {
    this.#counters = counters
  }

  async export(batch: Batch): Promise<Outcome> {
    this.batches.push(batch)
    const outcome = await this.answer(batch)
    if (outcome.kind !== 'accepted') return outcome
    this.#counters.countIn(batch.itemCount)
    this.#counters.countOut(batch.itemCount)
    return outcome
  }

  /** Has items that it does not answer for. */
  takeOver(items: number): void {
    this.#counters.countIn(items)
  }

  /** Items that it was handed so far. */
  get items(): number {
    return this.batches.reduce((sum, { itemCount }) => sum + itemCount, 0)
  }
}
