import { Observable } from 'rxjs'
import type { OperatorFunction, Subscriber } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { Environment, Faults, OttlError } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import type { RoutingConfig } from './config.ts'
import { Decision, DEPTH } from './decision.ts'
import { pick } from './pick.ts'
import { ofKind, routesOf } from './routes.ts'
import { sortBatch } from './sort.ts'

const ITEM_DEPTHS = { traces: DEPTH.span, metrics: DEPTH.datapoint, logs: DEPTH.log } as const

/**
 * `routing` as a component. A batch leaves it as one part for each set of pipelines that items of it
 * go to: an item is in one part, and so counted once, to however many pipelines it goes.
 */
export class RoutingConnector implements Connector {
  readonly #settings: Settings
  readonly #faults: Faults
  readonly #env = new Environment()
  readonly #decisions: Readonly<Record<OtlpBatch['kind'], Decision>>
  /** Where the part goes that is handed on at this moment. */
  #destinations: readonly string[] = []

  constructor(settings: Settings, config: RoutingConfig, clock: Clock = systemClock) {
    this.#settings = settings
    const faults = new Faults(settings.log, settings.meter, clock)
    this.#faults = faults
    const decisionOf = (kind: OtlpBatch['kind']): Decision => {
      const defaults = ofKind(config.default_pipelines, kind)
      const itemDepth = ITEM_DEPTHS[kind]
      const options = { env: this.#env, mode: config.error_mode, faults, itemDepth }
      return new Decision(routesOf(config, kind), defaults, options)
    }
    this.#decisions = {
      traces: decisionOf('traces'),
      metrics: decisionOf('metrics'),
      logs: decisionOf('logs'),
    }
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((subscriber) =>
        source.subscribe({
          next: (batch) => this.#route(batch as OtlpBatch, subscriber),
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      )
  }

  destinationsOf(): readonly string[] {
    return this.#destinations
  }

  async shutdown(): Promise<void> {
    this.#faults.end()
  }

  #route(batch: OtlpBatch, subscriber: Subscriber<Batch>): void {
    const decision = this.#decisions[batch.kind]
    const parts = this.#partsOf(batch, decision)
    if (!parts) return
    if (parts.length === 0) return batch.delivery.settle(ACCEPTED)
    if (parts.length > 1) batch.delivery.hold(parts.length - 1)
    for (const { part, destinations } of parts) {
      this.#destinations = destinations
      subscriber.next(part)
    }
  }

  /** What of a batch goes where; undefined where it was given up. */
  #partsOf(batch: OtlpBatch, decision: Decision): Part[] | undefined {
    const { counters } = this.#settings
    try {
      const sorted = sortBatch(batch, { env: this.#env, decision })
      this.#faults.calm()
      return [...sorted.sets].flatMap((set) => {
        const part = pick(batch, set, sorted)
        const destinations = decision.sets.of(set)
        if (destinations.length > 0) return [{ part, destinations }]
        counters.drop('no_route', part.itemCount)
        return []
      })
    } catch (error) {
      if (!(error instanceof OttlError)) throw error
      counters.drop('condition_failed', batch.itemCount)
      batch.delivery.settle({ kind: 'rejected', reason: 'condition_failed' })
      return undefined
    }
  }
}

interface Part {
  readonly part: OtlpBatch
  readonly destinations: readonly string[]
}
