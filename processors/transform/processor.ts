import { filter, map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { Environment, Faults, OttlError } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import type { TransformConfig } from './config.ts'
import { Program } from './program.ts'
import { transformed } from './run.ts'
import { stagesOf } from './stages.ts'

/** `transform` as a component. It is handed traces, metrics and logs alone, as it declares. */
export class TransformProcessor implements Processor {
  readonly #settings: Settings
  readonly #faults: Faults
  readonly #env = new Environment()
  readonly #programs: Readonly<Record<OtlpBatch['kind'], readonly Program[]>>

  constructor(settings: Settings, config: TransformConfig, clock: Clock = systemClock) {
    this.#settings = settings
    const faults = new Faults(settings.log, settings.meter, clock)
    this.#faults = faults
    const programsOf = (kind: OtlpBatch['kind']): Program[] =>
      stagesOf(config, kind).map((stage) => new Program(stage, faults))
    this.#programs = {
      traces: programsOf('traces'),
      metrics: programsOf('metrics'),
      logs: programsOf('logs'),
    }
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      source.pipe(
        map((batch) => this.#transform(batch as OtlpBatch)),
        filter((batch) => batch !== undefined),
      )
  }

  #transform(batch: OtlpBatch): OtlpBatch | undefined {
    let changed: OtlpBatch = batch
    const before = this.#faults.errors
    try {
      for (const program of this.#programs[batch.kind])
        changed = transformed(changed, program, this.#env)
    } catch (error) {
      return this.#giveUp(batch, error)
    }
    if (this.#faults.errors === before) this.#faults.calm()
    return changed
  }

  #giveUp({ itemCount, delivery }: OtlpBatch, error: unknown): undefined {
    if (!(error instanceof OttlError)) throw error
    this.#settings.counters.drop('statement_failed', itemCount)
    delivery.settle({ kind: 'rejected', reason: 'statement_failed' })
  }

  async shutdown(): Promise<void> {
    this.#faults.end()
  }
}
