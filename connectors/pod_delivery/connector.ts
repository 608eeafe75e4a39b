import { asyncScheduler, interval, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike, Subscriber } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { isDeliveryServer } from '../../src/helpers/delivery/source.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { Logs } from '../../src/pdata/logs.ts'
import type { PodDeliveryConfig } from './config.ts'
import { Follower, wantedOf } from './follower.ts'
import { Batches } from './output/batches.ts'
import { registerAccount } from './self_metrics.ts'
import { FollowedDeliveries } from './source.ts'
import { StateStore } from './state_store.ts'

/** How often what has settled is looked for, in milliseconds. */
const LOOK_MS = 100

/** `pod_delivery` as a component. */
export class PodDeliveryConnector implements Connector {
  readonly #settings: Settings
  readonly #config: PodDeliveryConfig
  readonly #scheduler: SchedulerLike
  readonly #follower: Follower
  readonly #batches: Batches
  #store: StateStore | undefined
  #unserve: (() => void) | undefined
  #unregister: (() => void) | undefined
  #ending: Promise<void> | undefined
  #left = 0

  /** @param scheduler its clock is the wall clock */
  constructor(
    settings: Settings,
    config: PodDeliveryConfig,
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.#settings = settings
    this.#config = config
    this.#scheduler = scheduler
    this.#follower = new Follower(
      config,
      () => scheduler.now(),
      () => wantedOf(settings),
    )
    this.#batches = new Batches(settings)
  }

  async start(): Promise<void> {
    const { storage, api } = this.#config
    if (api !== undefined) this.#serve(api)
    if (storage === undefined) return
    this.#store = await StateStore.open(this.#settings, storage)
    for (const kept of await this.#store.take()) this.#follower.restore(kept)
  }

  #serve(api: string): void {
    const { host, id } = this.#settings
    const extension = host.extension(api)
    if (!extension) throw new Error(`api: service.extensions has no "${api}"`)
    if (!isDeliveryServer(extension)) throw new Error(`api: "${api}" does not serve deliveries`)
    this.#unserve = extension.serve(`connector/${id}`, new FollowedDeliveries(this.#follower))
  }

  async shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    await this.#ending
  }

  async #end(): Promise<void> {
    this.#unserve?.()
    const isKept = (await this.#store?.put(this.#follower.kept)) ?? false
    await this.#store?.close()
    if (!isKept && this.#left > 0) {
      this.#settings.log.warn({ deliveries: this.#left }, 'Deliveries under way are given up.')
    }
    this.#unregister?.()
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      new Observable((subscriber) => {
        const { meter } = this.#settings
        this.#unregister = registerAccount(meter, this.#follower, () => this.#left)
        this.#work(subscriber)
        subscriber.add(
          source.subscribe({
            next: (batch) => this.#take(batch as Logs, subscriber),
            error: (error) => subscriber.error(error),
            complete: () => this.#complete(subscriber),
          }),
        )
      })
  }

  #work(subscriber: Subscriber<Batch>): void {
    const { flush_interval, full_interval } = this.#config.metrics
    const every = (ms: number, run: () => void): void =>
      subscriber.add(interval(ms, this.#scheduler).subscribe(run))
    every(LOOK_MS, () => {
      this.#follower.advance()
      this.#emit(subscriber)
    })
    every(flush_interval, () => this.#flush(subscriber, false))
    every(full_interval, () => this.#flush(subscriber, true))
  }

  #take(batch: Logs, subscriber: Subscriber<Batch>): void {
    const { counters } = this.#settings
    let unread = 0
    this.#follower.take(batch, (reason) => {
      unread++
      counters.drop(reason, 1)
    })
    counters.countOut(batch.itemCount - unread)
    batch.delivery.settle(ACCEPTED)
    this.#emit(subscriber)
  }

  #complete(subscriber: Subscriber<Batch>): void {
    this.#left = this.#follower.end()
    this.#emit(subscriber)
    this.#flush(subscriber, true)
    subscriber.complete()
  }

  #emit(subscriber: Subscriber<Batch>): void {
    const { spans, records } = this.#follower.made()
    for (const batch of this.#batches.traces(spans)) subscriber.next(batch)
    for (const batch of this.#batches.logs(records)) subscriber.next(batch)
  }

  #flush(subscriber: Subscriber<Batch>, all: boolean): void {
    for (const batch of this.#batches.metrics(this.#follower.metricsNow(all))) {
      subscriber.next(batch)
    }
  }
}
