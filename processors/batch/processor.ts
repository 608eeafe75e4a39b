import { asyncScheduler, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike, Subscriber, Subscription } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { BatchConfig } from './config.ts'
import { PendingTraces } from './pending.ts'

/** `batch` as a component. */
export class BatchProcessor implements Processor {
  readonly operator: OperatorFunction<Batch, Batch>

  constructor({ counters }: Settings, config: BatchConfig) {
    this.operator = batch({
      sendBatchSize: config.send_batch_size,
      timeoutMs: config.timeout,
      sendBatchMaxSize: config.send_batch_max_size,
      onDropped: (items) => counters.drop('stopped', items),
    })
  }
}

/** What `batch` goes by; the configuration's fields, and what a test replaces. */
export interface BatchOptions {
  /** Items at which what waits is handed on. */
  readonly sendBatchSize: number
  /** Milliseconds that an item waits at most; 0 hands every batch on as it comes. */
  readonly timeoutMs: number
  /** Items that a batch handed on has at most; 0 sets no limit. */
  readonly sendBatchMaxSize: number
  /** The clock of the timeout. */
  readonly scheduler?: SchedulerLike
  /** Told of items that waited when nobody was there any more to take them. */
  readonly onDropped?: (items: number) => void
}

/**
 * Makes few large batches out of many small ones. Fewer than `sendBatchSize` items wait, none longer
 * than `timeoutMs`; when the source completes or fails they are handed on first. Only traces come
 * in, as the component declares.
 */
export function batch(options: BatchOptions): OperatorFunction<Batch, Batch> {
  return (source) =>
    new Observable((subscriber) => {
      const batching = new Batching(options, subscriber)
      subscriber.add(() => batching.discard())
      const subscription = source.subscribe({
        next: (item) => batching.add(item as Traces),
        error: (error) => {
          batching.flush()
          subscriber.error(error)
        },
        complete: () => {
          batching.flush()
          subscriber.complete()
        },
      })
      subscriber.add(subscription)
    })
}

/** What waits on behalf of one subscriber, and the timer that ends the wait. */
class Batching {
  readonly #options: BatchOptions
  readonly #subscriber: Subscriber<Batch>
  readonly #pending = new PendingTraces()
  #timer: Subscription | undefined

  constructor(options: BatchOptions, subscriber: Subscriber<Batch>) {
    this.#options = options
    this.#subscriber = subscriber
  }

  add(batch: Traces): void {
    if (batch.totals.length > 0) return this.#addWithTotals(batch)
    if (batch.itemCount === 0) return batch.delivery.settle(ACCEPTED)
    this.#pending.add(batch)
    if (this.#subscriber.closed) return this.discard()
    const { sendBatchSize, timeoutMs } = this.#options
    if (timeoutMs === 0 || sendBatchSize === 0) return this.flush()
    if (this.#pending.itemCount >= sendBatchSize) {
      this.#stopTimer()
      while (this.#pending.itemCount >= sendBatchSize) this.#send()
    }
    if (this.#pending.itemCount > 0) this.#startTimer()
  }

  /** Totals do not wait: they are no items, and there is one batch of them in two seconds. */
  #addWithTotals({ groups, delivery, totals }: Traces): void {
    delivery.hold(1)
    this.add(new Traces(groups, delivery))
    const alone = new Traces([], delivery, totals)
    if (this.#subscriber.closed) delivery.settle({ kind: 'refused', reason: 'stopped' })
    else this.#subscriber.next(alone)
  }

  /** Hands on all that waits. */
  flush(): void {
    this.#stopTimer()
    while (this.#pending.itemCount > 0) this.#send()
  }

  /** Ends: what still waits has nobody to take it. */
  discard(): void {
    this.#stopTimer()
    const { itemCount } = this.#pending
    if (itemCount === 0) return
    this.#options.onDropped?.(itemCount)
    this.#pending.take(itemCount).delivery.settle({ kind: 'refused', reason: 'stopped' })
  }

  /** Hands on one batch. A slice that throws ends the stream, as the rules of an operator have it. */
  #send(): void {
    try {
      this.#subscriber.next(this.#pending.take(this.#options.sendBatchMaxSize || Infinity))
    } catch (error) {
      this.#subscriber.error(error)
    }
  }

  #startTimer(): void {
    const { scheduler = asyncScheduler, timeoutMs } = this.#options
    this.#timer ??= scheduler.schedule(() => this.flush(), timeoutMs)
  }

  #stopTimer(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}
