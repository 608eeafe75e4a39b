import type { Exporter } from '../component/component.ts'
import type { Settings } from '../component/settings.ts'
import type { Batch } from '../pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../pdata/delivery.ts'
import type { Taker } from './fan_out.ts'

/** An exporter and the batches that it has not answered for yet. */
export class Destination implements Taker {
  readonly id: string
  readonly #exporter: Exporter
  readonly #settings: Settings
  readonly #inFlight = new Set<{ readonly batch: Batch }>()
  #onIdle: (() => void) | undefined

  constructor(exporter: Exporter, settings: Settings) {
    this.id = settings.id
    this.#exporter = exporter
    this.#settings = settings
  }

  take(batch: Batch): void {
    // Totals without spans, which are for connectors.
    if (batch.itemCount === 0) return batch.delivery.settle(ACCEPTED)
    const flight = { batch }
    this.#inFlight.add(flight)
    this.#export(batch).then(
      (outcome) => this.#land(flight, outcome),
      (error: unknown) => this.#crash(flight, error),
    )
  }

  /** Nothing: the exporter ends when it is shut down. */
  complete(): void {}

  /** Resolves when the exporter has answered for every batch. */
  async idle(): Promise<void> {
    if (this.#inFlight.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onIdle = resolve
    await promise
  }

  /** Settles what the exporter has not answered for, and counts what it still holds as dropped. */
  giveUp(): void {
    const { counters, log } = this.#settings
    const { held } = counters
    if (held > 0) {
      counters.drop('not_drained', held)
      log.error({ items: held }, 'Exporter ended with items that it had not sent, they are lost.')
    }
    if (this.#inFlight.size > 0) {
      const items = [...this.#inFlight].reduce((sum, { batch }) => sum + batch.itemCount, 0)
      log.error({ items }, 'Exporter did not answer for its last batches, they count as lost.')
    }
    for (const flight of this.#inFlight) {
      this.#land(flight, { kind: 'rejected', reason: 'not_drained' })
    }
  }

  async #export(batch: Batch): Promise<Outcome> {
    return this.#exporter.export(batch)
  }

  #crash(flight: { readonly batch: Batch }, error: unknown): void {
    if (!this.#inFlight.has(flight)) return
    const items = flight.batch.itemCount
    this.#settings.log.error({ err: error, items }, 'Exporter failed, items are lost.')
    this.#land(flight, { kind: 'rejected', reason: 'export_failed' })
  }

  #land(flight: { readonly batch: Batch }, outcome: Outcome): void {
    // An answer that comes after the batch was given up has nobody to hear it.
    if (!this.#inFlight.delete(flight)) return
    const { kind, itemCount } = flight.batch
    if (outcome.kind !== 'accepted') {
      this.#settings.counters.of(kind).refuse(outcome.reason, itemCount)
    }
    try {
      flight.batch.delivery.settle(outcome)
    } catch (error) {
      this.#settings.log.error({ err: error }, 'Batch could not be settled, this is a bug.')
    }
    if (this.#inFlight.size === 0) this.#onIdle?.()
  }
}
