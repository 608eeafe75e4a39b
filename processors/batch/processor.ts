import { asyncScheduler, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike, Subscriber, Subscription } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { checkItems } from '../../src/pdata/otlp_request.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { BatchConfig } from './config.ts'
import { BatchMetrics, type Trigger } from './metrics.ts'
import { PendingBatches } from './pending.ts'

/** `batch` as a component. */
export class BatchProcessor implements Processor {
  readonly operator: OperatorFunction<Batch, Batch>
  readonly #drops: DropLog

  constructor({ counters, log, meter }: Settings, config: BatchConfig) {
    const metrics = new BatchMetrics(meter)
    const drops = new DropLog(log, counters)
    this.#drops = drops
    this.operator = batch({
      sendBatchSize: config.send_batch_size,
      timeoutMs: config.timeout,
      sendBatchMaxSize: config.send_batch_max_size,
      onSending: (sent, trigger) => metrics.sending(sent, trigger),
      onStopped: (items) => counters.drop('stopped', items),
      onMalformed: (items, error) => drops.drop('malformed', items, { error: error.message }),
    })
  }

  async shutdown(): Promise<void> {
    this.#drops.end()
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
  /** Told of each batch before it is handed on, and why it is. */
  readonly onSending?: (batch: OtlpBatch, trigger: Trigger) => void
  /** Told of items that waited when nobody was there any more to take them. */
  readonly onStopped?: (items: number) => void
  /** Told of items that came with one that cannot be read, none of which is handed on. */
  readonly onMalformed?: (items: number, error: MalformedOtlp) => void
}

/**
 * Makes few large batches out of many small ones. Fewer than `sendBatchSize` items wait, none longer
 * than `timeoutMs`; when the source completes or fails they are handed on first. Only batches of one
 * kind come in, and it has a form in OTLP, as the component declares.
 */
export function batch(options: BatchOptions): OperatorFunction<Batch, Batch> {
  return (source) =>
    new Observable((subscriber) => {
      const batching = new Batching(options, subscriber)
      subscriber.add(() => batching.discard())
      const subscription = source.subscribe({
        next: (item) => batching.add(item as OtlpBatch),
        error: (error) => {
          batching.flush('timeout')
          subscriber.error(error)
        },
        complete: () => {
          batching.flush('timeout')
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
  readonly #pending = new PendingBatches()
  #timer: Subscription | undefined

  constructor(options: BatchOptions, subscriber: Subscriber<Batch>) {
    this.#options = options
    this.#subscriber = subscriber
  }

  add(batch: OtlpBatch): void {
    if (batch.kind === 'traces' && batch.totals.length > 0) return this.#addWithTotals(batch)
    if (batch.itemCount === 0) return batch.delivery.settle(ACCEPTED)
    if (this.#isMalformed(batch)) return
    this.#pending.add(batch)
    if (this.#subscriber.closed) return this.discard()
    const { sendBatchSize, timeoutMs } = this.#options
    if (timeoutMs === 0 || sendBatchSize === 0) return this.flush('size')
    if (this.#pending.itemCount >= sendBatchSize) {
      this.#stopTimer()
      while (this.#pending.itemCount >= sendBatchSize) this.#send('size')
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
  flush(trigger: Trigger): void {
    this.#stopTimer()
    while (this.#pending.itemCount > 0) this.#send(trigger)
  }

  /** Ends: what still waits has nobody to take it. */
  discard(): void {
    this.#stopTimer()
    const items = this.#pending.discard({ kind: 'refused', reason: 'stopped' })
    if (items > 0) this.#options.onStopped?.(items)
  }

  /**
   * Whether a batch from the network has an item that cannot be read. In one request with those of
   * others it would have a backend refuse them all. What goes on by itself is not looked at.
   */
  #isMalformed(batch: OtlpBatch): boolean {
    const { timeoutMs, sendBatchSize } = this.#options
    const alone = this.#pending.itemCount === 0 && batch.itemCount >= sendBatchSize
    const error = timeoutMs === 0 || alone ? undefined : checkItems(batch)
    if (!error) return false
    this.#options.onMalformed?.(batch.itemCount, error)
    batch.delivery.settle({ kind: 'rejected', reason: 'malformed' })
    return true
  }

  /** Hands on one batch. A slice that throws ends the stream, as the rules of an operator have it. */
  #send(trigger: Trigger): void {
    const { sendBatchMaxSize, onSending } = this.#options
    try {
      const batch = this.#pending.take(sendBatchMaxSize || Infinity)
      onSending?.(batch, trigger)
      this.#subscriber.next(batch)
    } catch (error) {
      this.#subscriber.error(error)
    }
  }

  #startTimer(): void {
    const { scheduler = asyncScheduler, timeoutMs } = this.#options
    this.#timer ??= scheduler.schedule(() => this.flush('timeout'), timeoutMs)
  }

  #stopTimer(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}
