import { asyncScheduler, interval, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike, Subscriber } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import { madeDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { NetworkObservations } from '../../src/pdata/network_observations.ts'
import { Aggregator, type Made } from './aggregator.ts'
import type { AggregationConfig } from './config.ts'
import { Owners } from './owners.ts'
import { registerAccount } from './self_metrics.ts'

/** `aggregation` as a component. */
export class AggregationProcessor implements Processor {
  readonly #settings: Settings
  readonly #config: AggregationConfig
  readonly #scheduler: SchedulerLike
  readonly #owners: Owners
  readonly #drops: DropLog

  /** @param scheduler its clock is the wall clock */
  constructor(
    settings: Settings,
    config: AggregationConfig,
    scheduler: SchedulerLike = asyncScheduler,
    owners: Owners = new Owners({
      limit: config.max_processes,
      cgroups: new CgroupTable({ root: cgroup2Root }),
    }),
  ) {
    this.#settings = settings
    this.#config = config
    this.#scheduler = scheduler
    this.#owners = owners
    this.#drops = new DropLog(settings.log, settings.counters)
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((subscriber) => {
        const running = this.#run(subscriber)
        const flushes = interval(this.#config.metrics_flush_interval, this.#scheduler)
        subscriber.add(flushes.subscribe(() => running.flush()))
        subscriber.add(registerAccount(this.#settings.meter, () => running.aggregator.rollups))
        const subscription = source.subscribe({
          next: (batch) => {
            if (isNetwork(batch)) running.take(batch)
            else if (batch.kind === 'observations') this.#passOver(batch)
            else running.pass(batch)
          },
          error: (error) => {
            running.flush()
            subscriber.error(error)
          },
          complete: () => {
            running.flush()
            subscriber.complete()
          },
        })
        subscriber.add(subscription)
      })
  }

  async shutdown(): Promise<void> {
    this.#drops.end()
  }

  #run(subscriber: Subscriber<Batch>): Running {
    const aggregator = new Aggregator(this.#config, {
      // The pipeline's name begins with what it carries.
      product: /^logs(\/|$)/.test(this.#settings.counters.pipeline) ? 'logs' : 'metrics',
      version: this.#settings.version,
      owners: this.#owners,
      nowMs: () => this.#scheduler.now(),
    })
    return new Running(this.#settings, aggregator, subscriber)
  }

  /** What is no connection and no flow ends here, on purpose: it is no fault of its receiver. */
  #passOver({ itemCount, delivery }: Batch): void {
    this.#drops.drop('foreign', itemCount)
    delivery.settle(ACCEPTED)
  }
}

/** The counting on behalf of one subscriber. */
class Running {
  readonly aggregator: Aggregator
  readonly #settings: Settings
  readonly #subscriber: Subscriber<Batch>
  /** Reports that were counted and are in nothing that was handed on. */
  #held = 0

  constructor(settings: Settings, aggregator: Aggregator, subscriber: Subscriber<Batch>) {
    this.#settings = settings
    this.aggregator = aggregator
    this.#subscriber = subscriber
  }

  /** Counts reports, which end here. */
  take(records: NetworkObservations): void {
    this.aggregator.add(records)
    this.#held += records.itemCount
    this.#handOn(this.aggregator.tell(records))
    records.delivery.settle(ACCEPTED)
  }

  /** Hands on what is metrics or log records already, as another receiver may have made them. */
  pass(batch: Batch): void {
    this.#settings.counters.countOut(batch.itemCount)
    this.#subscriber.next(batch)
  }

  /** Hands on what was counted. */
  flush(): void {
    const { counters } = this.#settings
    counters.countOut(this.#held)
    this.#held = 0
    this.#handOn(this.aggregator.flush())
  }

  #handOn(made: Made | undefined): void {
    if (made === undefined || made.items === 0) return
    this.#subscriber.next(made.batch(madeDelivery(this.#settings.counters, made.items)))
  }
}

function isNetwork(batch: Batch): batch is NetworkObservations {
  return batch.kind === 'observations' && batch.schema === 'network'
}
