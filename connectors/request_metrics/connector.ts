import { asyncScheduler, interval, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike, Subscriber } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import { madeDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import { type MetricGroup, Metrics } from '../../src/pdata/metrics.ts'
import type { Traces } from '../../src/pdata/traces.ts'
import { Aggregator } from './aggregator.ts'
import type { RequestMetricsConfig } from './config.ts'
import { type Account, registerAccount } from './self_metrics.ts'

/** `request_metrics` as a component. */
export class RequestMetricsConnector implements Connector {
  readonly #settings: Settings
  readonly #config: RequestMetricsConfig
  readonly #scheduler: SchedulerLike

  /** @param scheduler its clock is the wall clock */
  constructor(
    settings: Settings,
    config: RequestMetricsConfig,
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.#settings = settings
    this.#config = config
    this.#scheduler = scheduler
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((subscriber) => {
        const running = new Running(this.#settings, this.#config, this.#scheduler, subscriber)
        const flushes = interval(this.#config.metrics_flush_interval, this.#scheduler)
        subscriber.add(flushes.subscribe(() => running.flush()))
        subscriber.add(registerAccount(this.#settings.meter, () => running.account))
        const subscription = source.subscribe({
          next: (batch) => running.take(batch as Traces),
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
}

/** The counting on behalf of one subscriber, and the timer that hands on what was counted. */
class Running {
  readonly #settings: Settings
  readonly #subscriber: Subscriber<Batch>
  readonly #aggregator: Aggregator
  /** Spans that were counted and are in no data point that was handed on. */
  #held = 0

  constructor(
    settings: Settings,
    config: RequestMetricsConfig,
    scheduler: SchedulerLike,
    subscriber: Subscriber<Batch>,
  ) {
    this.#settings = settings
    this.#subscriber = subscriber
    this.#aggregator = new Aggregator(config, {
      settings,
      nowMs: () => scheduler.now(),
      onEvicted: (group) => this.#emit([group]),
    })
  }

  get account(): Account {
    return this.#aggregator.account
  }

  /** Counts a batch of spans, which ends here. */
  take(batch: Traces): void {
    this.#aggregator.add(batch)
    this.#held += batch.itemCount
    batch.delivery.settle(ACCEPTED)
  }

  /** Hands on what was counted. */
  flush(): void {
    this.#settings.counters.countOut(this.#held)
    this.#held = 0
    this.#emit(this.#aggregator.flush())
  }

  #emit(all: readonly MetricGroup[]): void {
    const groups = all.filter(({ metrics }) => metrics.length > 0)
    if (groups.length === 0) return
    const delivery = madeDelivery(this.#settings.counters, pointsOf(groups))
    this.#subscriber.next(new Metrics(groups, delivery))
  }
}

function pointsOf(groups: readonly MetricGroup[]): number {
  const metrics = groups.flatMap((group) => group.metrics)
  return metrics.reduce((sum, { data }) => sum + data.points.length, 0)
}
