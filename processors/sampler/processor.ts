import { filter, map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import type { SamplerConfig } from './config.ts'
import { Sampling } from './sampling.ts'
import { TokenBucket } from '../../src/helpers/token_bucket.ts'

/**
 * `sampler` as a component. What it leaves out is left out on purpose: counted by reason, and
 * settled as accepted. Only traces come in, as the component declares.
 */
export class SamplerProcessor implements Processor {
  readonly #settings: Settings
  readonly #sampling: Sampling
  readonly #limited: DropLog
  readonly #limit: number | undefined

  constructor(settings: Settings, config: SamplerConfig, clock: Clock = systemClock) {
    const { spans_per_second: limit } = config
    const bucket = limit === undefined ? undefined : new TokenBucket(limit, clock)
    this.#settings = settings
    this.#limit = limit
    this.#sampling = new Sampling(config, bucket)
    this.#limited = new DropLog(settings.log, settings.counters, clock)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      source.pipe(
        map((batch) => this.#sample(batch as Traces)),
        filter((batch) => batch !== undefined),
      )
  }

  #sample(batch: Traces): Traces | undefined {
    const { kept, notSampled, rateLimited } = this.#sampling.sample(batch)
    this.#settings.counters.drop('not_sampled', notSampled)
    this.#limited.drop('rate_limited', rateLimited, { spans_per_second: this.#limit })
    if (rateLimited === 0) this.#limited.calm()
    if (kept === undefined) batch.delivery.settle(ACCEPTED)
    return kept
  }

  async shutdown(): Promise<void> {
    this.#limited.end()
  }
}
