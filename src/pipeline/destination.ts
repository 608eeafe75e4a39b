import type { Exporter } from '../component/component.ts'
import type { Settings } from '../component/settings.ts'
import type { Batch } from '../pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../pdata/delivery.ts'
import type { Taker } from './fan_out.ts'

interface Flight {
  readonly batch: Batch
}

/** Batches that may wait for an exporter that takes over from another one. */
const MAX_WAITING = 1000

/** An exporter and the batches that it has not answered for yet. */
export class Destination implements Taker {
  readonly id: string
  #exporter: Exporter | undefined
  readonly #settings: Settings
  readonly #inFlight = new Set<Flight>()
  readonly #waiting: (() => void)[] = []
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
    if (this.#exporter) this.#send(flight, this.#exporter)
    else this.#wait(flight)
  }

  /** From now on batches wait, until there is an exporter again. */
  suspend(): void {
    this.#exporter = undefined
  }

  /** The exporter from now on, which also gets what waits. */
  resume(exporter: Exporter): void {
    this.#exporter = exporter
    for (const send of this.#waiting.splice(0)) send()
  }

  #wait(flight: Flight): void {
    if (this.#waiting.length === MAX_WAITING) {
      return this.#land(flight, { kind: 'refused', reason: 'reloading' })
    }
    this.#waiting.push(() => this.#send(flight, this.#exporter as Exporter))
  }

  #send(flight: Flight, exporter: Exporter): void {
    this.#export(flight, exporter).then(
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
    this.#waiting.length = 0
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

  async #export({ batch }: Flight, exporter: Exporter): Promise<Outcome> {
    return exporter.export(batch)
  }

  #crash(flight: Flight, error: unknown): void {
    if (!this.#inFlight.has(flight)) return
    const items = flight.batch.itemCount
    this.#settings.log.error({ err: error, items }, 'Exporter failed, items are lost.')
    this.#land(flight, { kind: 'rejected', reason: 'export_failed' })
  }

  #land(flight: Flight, outcome: Outcome): void {
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
