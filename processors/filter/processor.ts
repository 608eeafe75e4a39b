import { filter, map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { compileCondition, Environment, Faults, Judge, OttlError } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import type { FilterConfig } from './config.ts'
import {
  dropEvents,
  dropGroups,
  dropLogs,
  dropMetrics,
  dropPoints,
  dropSpans,
  dropTotals,
} from './drops.ts'
import { contextOf, type Stage, stagesOf } from './stages.ts'

/** A batch with what one stage leaves of it. Throws OttlError. */
type Pass = (batch: OtlpBatch) => OtlpBatch

/**
 * `filter` as a component. What it drops is dropped on purpose: counted, and settled as accepted. It
 * is handed traces, metrics and logs alone, as it declares.
 */
export class FilterProcessor implements Processor {
  readonly #settings: Settings
  readonly #faults: Faults
  readonly #env = new Environment()
  readonly #passes: Readonly<Record<OtlpBatch['kind'], readonly Pass[]>>
  #events = 0
  readonly #unregister: () => void

  constructor(settings: Settings, config: FilterConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#faults = new Faults(settings.log, settings.meter, clock)
    const passesOf = (kind: OtlpBatch['kind']): Pass[] =>
      stagesOf(config, kind).map((stage) => this.#pass(stage))
    this.#passes = {
      traces: passesOf('traces'),
      metrics: passesOf('metrics'),
      logs: passesOf('logs'),
    }
    const facts = {
      name: 'waggle.filter.span_events.dropped',
      description: 'Events of spans that were dropped.',
      unit: '{event}',
    }
    this.#unregister = settings.meter.counter(facts, (observe) => observe(this.#events))
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      source.pipe(
        map((batch) => this.#filter(batch as OtlpBatch)),
        filter((batch) => batch !== undefined),
      )
  }

  #filter(batch: OtlpBatch): OtlpBatch | undefined {
    let left: OtlpBatch = batch
    try {
      for (const pass of this.#passes[batch.kind]) left = pass(left)
    } catch (error) {
      return this.#giveUp(batch, error)
    }
    this.#faults.calm()
    this.#settings.counters.drop('filtered', batch.itemCount - left.itemCount)
    if (left === batch || left.itemCount > 0) return left
    if (left.kind === 'traces' && left.totals.length > 0) return left
    batch.delivery.settle(ACCEPTED)
    return undefined
  }

  #giveUp({ itemCount, delivery }: OtlpBatch, error: unknown): undefined {
    if (!(error instanceof OttlError)) throw error
    this.#settings.counters.drop('condition_failed', itemCount)
    delivery.settle({ kind: 'rejected', reason: 'condition_failed' })
  }

  #pass(stage: Stage): Pass {
    const { texts, mode } = stage
    const context = contextOf(stage)
    const conditions = texts.map((text) => compileCondition(context, text))
    const dropping = { env: this.#env, judge: new Judge(conditions, mode, this.#faults) }
    const onEvents = (events: number): void => void (this.#events += events)
    return (batch) => {
      switch (context) {
        case 'span':
          return batch.kind === 'traces' ? dropSpans(batch, dropping) : batch
        case 'spanevent':
          return batch.kind === 'traces' ? dropEvents(batch, dropping, onEvents) : batch
        case 'metric':
          return batch.kind === 'metrics' ? dropMetrics(batch, dropping) : batch
        case 'datapoint':
          return batch.kind === 'metrics' ? dropPoints(batch, dropping) : batch
        case 'log':
          return batch.kind === 'logs' ? dropLogs(batch, dropping) : batch
        case 'scope':
          return dropGroups(batch, dropping)
        case 'resource': {
          const left = dropGroups(batch, dropping)
          return left.kind === 'traces' ? dropTotals(left, dropping) : left
        }
      }
    }
  }

  async shutdown(): Promise<void> {
    this.#faults.end()
    this.#unregister()
  }
}
