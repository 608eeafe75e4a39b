import { filter, map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { Environment, Faults, OttlError } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { Metrics } from '../../src/pdata/metrics.ts'
import type { CountConfig } from './config.ts'
import { Counter } from './counter.ts'

/**
 * `count` as a component. It keeps nothing: the counts of a batch leave at once, as deltas, and whoever
 * sent the batch is told what became of them.
 */
export class CountConnector implements Connector {
  readonly #settings: Settings
  readonly #faults: Faults
  readonly #counter: Counter
  readonly #now: () => number

  /** @param now milliseconds since 1970 */
  constructor(
    settings: Settings,
    config: CountConfig,
    now: () => number = Date.now,
    clock: Clock = systemClock,
  ) {
    this.#settings = settings
    this.#faults = new Faults(settings.log, settings.meter, clock)
    const scope = { name: 'waggle/count', version: settings.version }
    this.#counter = new Counter(config, new Environment(), this.#faults, scope)
    this.#now = now
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      source.pipe(
        map((batch) => this.#count(batch as OtlpBatch)),
        filter((counts) => counts !== undefined),
      )
  }

  async shutdown(): Promise<void> {
    this.#faults.end()
  }

  #count(batch: OtlpBatch): Metrics | undefined {
    const { counters } = this.#settings
    const { itemCount, delivery } = batch
    try {
      const groups = this.#counter.count(batch, () => BigInt(this.#now()) * 1_000_000n)
      this.#faults.calm()
      counters.countOut(itemCount)
      if (groups.length > 0) return new Metrics(groups, delivery)
      delivery.settle(ACCEPTED)
    } catch (error) {
      if (!(error instanceof OttlError)) throw error
      counters.drop('condition_failed', itemCount)
      delivery.settle({ kind: 'rejected', reason: 'condition_failed' })
    }
    return undefined
  }
}
