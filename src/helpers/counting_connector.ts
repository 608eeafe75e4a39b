import { asyncScheduler, interval, Observable } from 'rxjs'
import type { OperatorFunction, SchedulerLike } from 'rxjs'
import { madeDelivery } from '../component/counted_delivery.ts'
import type { Settings } from '../component/settings.ts'
import type { Batch } from '../pdata/batch.ts'
import { ACCEPTED } from '../pdata/delivery.ts'
import { type MetricGroup, Metrics } from '../pdata/metrics.ts'
import type { Traces } from '../pdata/traces.ts'

/** Counts spans into metrics. */
export interface SpanCounter {
  /** Counts a batch. */
  add(batch: Traces): void
  /** What was counted. `last` is true when nothing will follow. */
  flush(last: boolean): readonly MetricGroup[]
}

/** What is done again and again while a connector runs. */
export interface Chore {
  readonly intervalMs: number
  readonly run: () => void
}

/** A counter at work. */
export interface Work {
  readonly counter: SpanCounter
  readonly chores?: readonly Chore[]
  /** Ends what was registered for it. */
  readonly end: () => void
}

/** What a counting connector gets. */
export interface CountingOptions {
  readonly settings: Settings
  /** How often what was counted is handed on; 0 for after each batch. */
  readonly flushMs: number
  /** Its clock is the wall clock. */
  readonly scheduler?: SchedulerLike
  /** Begins to count; `emit` hands metrics on between two flushes. */
  readonly open: (emit: (groups: readonly MetricGroup[]) => void) => Work
}

/**
 * The operator of a connector that counts spans, which end there, and every so often hands on metrics
 * made of them. What was counted last leaves when the source ends.
 */
export function countingOperator(options: CountingOptions): OperatorFunction<Batch, Batch> {
  const { settings, flushMs, scheduler = asyncScheduler, open } = options
  return (source) =>
    new Observable((subscriber) => {
      const emit = (all: readonly MetricGroup[]): void => {
        const groups = all.filter(({ metrics }) => metrics.length > 0)
        if (groups.length === 0) return
        const delivery = madeDelivery(settings.counters, pointsOf(groups))
        subscriber.next(new Metrics(groups, delivery))
      }
      const { counter, chores = [], end } = open(emit)
      let held = 0
      const flush = (last: boolean): void => {
        settings.counters.countOut(held)
        held = 0
        emit(counter.flush(last))
      }
      for (const { intervalMs, run } of chores) {
        subscriber.add(interval(intervalMs, scheduler).subscribe(run))
      }
      if (flushMs > 0) subscriber.add(interval(flushMs, scheduler).subscribe(() => flush(false)))
      subscriber.add(end)
      const subscription = source.subscribe({
        next: (batch) => {
          counter.add(batch as Traces)
          held += batch.itemCount
          batch.delivery.settle(ACCEPTED)
          if (flushMs === 0) flush(false)
        },
        error: (error) => {
          flush(true)
          subscriber.error(error)
        },
        complete: () => {
          flush(true)
          subscriber.complete()
        },
      })
      subscriber.add(subscription)
    })
}

function pointsOf(groups: readonly MetricGroup[]): number {
  const metrics = groups.flatMap((group) => group.metrics)
  return metrics.reduce((sum, { data }) => sum + data.points.length, 0)
}
