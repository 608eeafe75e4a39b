import { Subject } from 'rxjs'
import type { Observable, Subscription } from 'rxjs'
import type { Batch } from '../pdata/batch.ts'
import type { FanOut, Taker } from './fan_out.ts'
import { step } from './step.ts'
import type { StepOptions } from './step.ts'

/** What a stream is made of. */
export interface StreamOptions {
  /** `pipeline "traces"` or `connector "forward"`, for errors. */
  readonly name: string
  readonly steps: readonly StepOptions[]
  readonly exits: FanOut
  /** Told once when the stream cannot go on. */
  readonly onFailed: (error: Error) => void
}

/**
 * A row of steps between sources and takers: the processors of a pipeline, or a connector. It ends
 * when all its ways in are complete and its steps have handed on what they held. Before the last one
 * is complete new ones may be added, also while it runs.
 */
export class Stream {
  readonly name: string
  /** Resolves when the stream has ended, well or not. */
  readonly ended: Promise<void>
  readonly #options: StreamOptions
  readonly #input = new Subject<Batch>()
  #entries = 0
  readonly #resolveEnded: () => void
  #open = true
  #subscription: Subscription | undefined

  constructor(options: StreamOptions) {
    this.name = options.name
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#resolveEnded = resolve
  }

  /** A new way in for one source. */
  entry(): Taker {
    this.#entries++
    let open = true
    return {
      take: (batch) => (this.#open ? this.#input.next(batch) : refuse(batch)),
      complete: () => {
        if (open && --this.#entries === 0) this.#input.complete()
        open = false
      },
    }
  }

  /** Begins to carry batches. */
  run(): void {
    const { steps, exits } = this.#options
    const source: Observable<Batch> = this.#input
    const last = steps.reduce((batches$, options) => batches$.pipe(step(options)), source)
    this.#subscription = last.subscribe({
      next: (batch) => exits.hand(batch),
      error: (cause: unknown) => this.#fail(cause),
      complete: () => this.#end(),
    })
  }

  /** Ends a stream that does not end by itself; returns false when it has ended already. */
  abandon(): boolean {
    if (!this.#open) return false
    this.#subscription?.unsubscribe()
    this.#end()
    return true
  }

  #fail(cause: unknown): void {
    this.#open = false
    this.#options.onFailed(new Error(`${this.name} failed`, { cause }))
    this.#end()
  }

  #end(): void {
    this.#open = false
    this.#options.exits.complete()
    this.#resolveEnded()
  }
}

function refuse({ delivery }: Batch): void {
  delivery.settle({ kind: 'rejected', reason: 'pipeline_failed' })
}
