import type { BoundedLine } from './bounded_line.ts'
import type { Clock } from './clock.ts'
import { SIZES, type Job } from './sending_job.ts'
import { batchSizer, type SendingQueueConfig } from './sending_config.ts'

/** What piles are made by. */
export interface PilesOptions {
  readonly queue: SendingQueueConfig
  /** Bytes of a request at most, before compression. */
  readonly maxBytes: number
  readonly clock: Clock
  /** Called when a pile became ready because its time is over. */
  readonly onDue: () => void
}

/**
 * Takes jobs out of a line, those that shall be one request at once. The rules are those of the
 * Collector's exporter batcher: jobs are put together until they are `min_size` or the first has
 * waited for `flush_timeout`. They are never cut to fill a request up to `max_size`.
 */
export class Piles {
  readonly #options: PilesOptions
  readonly #line: BoundedLine<Job>
  readonly #sizeOf: (job: Job) => number
  /** The size of all jobs in the line, in what batches count by. */
  #waiting = 0
  #cancelTimer: (() => void) | undefined
  #flushing = false

  constructor(line: BoundedLine<Job>, options: PilesOptions) {
    this.#line = line
    this.#options = options
    this.#sizeOf = SIZES[batchSizer(options.queue)]
  }

  /** Jobs have come into the line. */
  added(jobs: readonly Job[]): void {
    for (const job of jobs) this.#waiting += this.#sizeOf(job)
  }

  /** From now on nothing waits for others. */
  flush(): void {
    this.#flushing = true
    this.#cancelTimer?.()
  }

  /** The next jobs to be sent as one request; none when there are none, or they shall wait for more. */
  take(): Job[] {
    const { batch } = this.#options.queue
    const { head } = this.#line
    if (!head) return []
    if (!batch) return [this.#takeOne()]
    const dueIn = head.since + batch.flush_timeout - this.#options.clock.now()
    if (this.#waiting >= batch.min_size || dueIn <= 0 || this.#flushing)
      return this.#takePile(batch)
    this.#cancelTimer ??= this.#options.clock.after(dueIn, () => {
      this.#cancelTimer = undefined
      this.#options.onDue()
    })
    return []
  }

  #takePile({ min_size, max_size }: { min_size: number; max_size: number }): Job[] {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const pile = [this.#takeOne()]
    let size = this.#sizeOf(pile[0] as Job)
    let { bytes } = pile[0] as Job
    for (let next = this.#line.head; next && size < min_size; next = this.#line.head) {
      size += this.#sizeOf(next)
      bytes += next.bytes
      if ((max_size > 0 && size > max_size) || bytes > this.#options.maxBytes) break
      pile.push(this.#takeOne())
    }
    return pile
  }

  /** There is one: whoever calls has seen the head. */
  #takeOne(): Job {
    const job = this.#line.take() as Job
    this.#waiting -= this.#sizeOf(job)
    return job
  }
}
