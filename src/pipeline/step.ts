import { Observable, Subject } from 'rxjs'
import type { OperatorFunction, Subscriber } from 'rxjs'
import type { Batch, Kind } from '../pdata/batch.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'

/** A processor or connector as its pipeline runs it. */
export interface StepOptions {
  /** `processor "batch"`, for errors. */
  readonly name: string
  readonly operator: OperatorFunction<Batch, Batch>
  readonly counters: ComponentCounters
  /** Whether the component counts items into others, which are none of those that came in. */
  readonly aggregates?: boolean
  /** Whether anybody takes what the step makes; everything is wanted unless given. */
  readonly wants?: (kind: Kind) => boolean
}

/**
 * The operator of a component with its counting around it. When it fails, or is stopped before it is
 * done, what it holds is counted as dropped, and the batch that it failed over is settled.
 */
export function step(options: StepOptions): OperatorFunction<Batch, Batch> {
  return (source) =>
    new Observable((subscriber) => new RunningStep(options, subscriber).run(source))
}

class StepError extends Error {}

class RunningStep {
  readonly #options: StepOptions
  readonly #subscriber: Subscriber<Batch>
  /** The batch that the operator is being handed now, and whether it came out again. */
  #current: Batch | undefined
  #handedOn = false
  #failedOver: Batch | undefined
  #completed = false

  constructor(options: StepOptions, subscriber: Subscriber<Batch>) {
    this.#options = options
    this.#subscriber = subscriber
  }

  run(source: Observable<Batch>): void {
    // An operator may subscribe to its source more than once; a batch comes in once all the same.
    const entering = new Subject<Batch>()
    const running = this.#options.operator(entering).subscribe({
      next: (batch) => this.#leave(batch),
      error: (error: unknown) => this.#fail(error),
      complete: () => this.#complete(),
    })
    this.#subscriber.add(running)
    // After the operator has cleaned up behind itself, and counted what it counts.
    running.add(() => this.#end())
    const coming = source.subscribe({
      next: (batch) => this.#enter(batch, entering),
      error: (error: unknown) => entering.error(error),
      complete: () => entering.complete(),
    })
    this.#subscriber.add(coming)
  }

  #enter(batch: Batch, entering: Subject<Batch>): void {
    this.#options.counters.countIn(batch.itemCount)
    this.#current = batch
    this.#handedOn = false
    try {
      entering.next(batch)
    } catch (error) {
      // An operator that is not made of RxJS's own may let errors through.
      this.#fail(error)
    }
    this.#current = undefined
  }

  #leave(batch: Batch): void {
    const { counters, wants, aggregates } = this.#options
    if (batch.delivery === this.#current?.delivery) this.#handedOn = true
    if (wants && !wants(batch.kind)) {
      if (!aggregates) counters.drop('no_consumer', batch.itemCount)
      return batch.delivery.settle({ kind: 'rejected', reason: 'no_consumer' })
    }
    if (aggregates) counters.countMade(batch.itemCount)
    else counters.countOut(batch.itemCount)
    this.#subscriber.next(batch)
  }

  #fail(cause: unknown): void {
    if (!this.#handedOn) this.#failedOver = this.#current
    // What comes from the step before has been named there.
    const named = cause instanceof StepError ? cause : new StepError(this.#options.name, { cause })
    this.#subscriber.error(named)
  }

  #complete(): void {
    this.#completed = true
    this.#subscriber.complete()
  }

  #end(): void {
    if (this.#completed) return
    const { counters } = this.#options
    counters.drop('pipeline_failed', Math.max(0, counters.held))
    const delivery = this.#failedOver?.delivery
    if (delivery && !delivery.settled)
      delivery.settle({ kind: 'rejected', reason: 'pipeline_failed' })
  }
}
