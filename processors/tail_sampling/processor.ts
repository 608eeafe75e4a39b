import { Observable } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { type Clock, systemClock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { Episode } from '../../src/helpers/episode.ts'
import { Faults } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import type { TailSamplingConfig } from './config.ts'
import { Sampling } from './sampling.ts'

/** `tail_sampling` as a component. It is handed traces alone, as it declares. */
export class TailSamplingProcessor implements Processor {
  readonly #settings: Settings
  readonly #config: TailSamplingConfig
  readonly #clock: Clock
  readonly #drops: DropLog
  readonly #faults: Faults
  readonly #lost: Episode

  constructor(settings: Settings, config: TailSamplingConfig, clock: Clock = systemClock) {
    const { log, meter, counters } = settings
    this.#settings = settings
    this.#config = config
    this.#clock = clock
    this.#drops = new DropLog(log, counters, clock)
    this.#faults = new Faults(log, meter, clock)
    const lines = {
      begins: () => log.error('Sampled spans are lost: what comes next does not take them.'),
      ends: (items: number) => log.info({ items }, 'Sampled spans are taken again.'),
    }
    this.#lost = new Episode(lines, { clock })
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((subscriber) => {
        const sampling = new Sampling({
          settings: this.#settings,
          config: this.#config,
          clock: this.#clock,
          drops: this.#drops,
          faults: this.#faults,
          lost: this.#lost,
          subscriber,
        })
        subscriber.add(() => sampling.discard())
        const subscription = source.subscribe({
          next: (batch) => sampling.add(batch as Traces),
          error: (error) => {
            sampling.finish()
            subscriber.error(error)
          },
          complete: () => {
            sampling.finish()
            subscriber.complete()
          },
        })
        subscriber.add(subscription)
      })
  }

  async shutdown(): Promise<void> {
    this.#drops.end()
    this.#faults.end()
    this.#lost.end()
  }
}
