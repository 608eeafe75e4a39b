import { describeError } from '../component/errors.ts'
import { ACCEPTED, type Outcome } from '../pdata/delivery.ts'
import type { Kind } from '../pdata/batch.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { BoundedLine } from './bounded_line.ts'
import { systemClock, type Clock } from './clock.ts'
import { DropLog } from './drop_log.ts'
import { Episode, type EpisodeLines } from './episode.ts'
import { Gate } from './gate.ts'
import { observeQueue } from './queue_metrics.ts'
import type { EncodedRequest, Send } from './send_result.ts'
import { Sender, type Fate } from './sender.ts'
import type { RetryConfig, SendingQueueConfig } from './sending_config.ts'

/** How long `shutdown` may take, in milliseconds, unless told otherwise. */
export const SHUTDOWN_LIMIT_MS = 10_000

/** What a queue needs; durations are milliseconds. */
export interface SendingQueueOptions {
  readonly queue: SendingQueueConfig
  readonly retry: RetryConfig
  readonly timeoutMs: number
  readonly send: Send
  /** Work on a body that is done once, in the background, while it waits: compression. */
  readonly prepare?: (body: Buffer) => Promise<Buffer>
  readonly log: Logger
  readonly counters: ComponentCounters
  /** Where it tells how full it is, and of which kind of data; nowhere unless given. */
  readonly observed?: { readonly meter: Meter; readonly kind: Kind }
  readonly random?: () => number
  readonly clock?: Clock
}

/** A request in the queue. `bytes` is its size before `prepare`. */
interface Job {
  readonly items: number
  readonly bytes: number
  /** Called once, when the body as it came is not needed any more. */
  release: () => void
  body: Buffer | Promise<Buffer | Error>
}

/** Bodies prepared at the same time: compression shares libuv's four threads with name look-ups and files. */
const PREPARED_AT_ONCE = 2

const SIZES = {
  requests: () => 1,
  items: ({ items }: Job) => items,
  bytes: ({ bytes }: Job) => bytes,
} as const

/**
 * The bounded queue in front of a destination, with retries, as the Collector's exporters have it.
 *
 * It answers for what it has accepted: `in = out + dropped + waiting`, with the reasons `rejected`,
 * `retries_exhausted`, `partial_success` and `shutdown`. What it refuses it does not count; that is
 * for whoever still holds the data.
 */
export class SendingQueue {
  readonly #options: SendingQueueOptions
  readonly #line: BoundedLine<Job>
  readonly #sender: Sender
  readonly #drops: DropLog
  readonly #refusals: Episode
  readonly #gate = new Gate(PREPARED_AT_ONCE)
  readonly #running = new Set<Promise<unknown>>()
  #waiting = 0
  #offered = false
  #stopped: Promise<void> | undefined

  constructor(options: SendingQueueOptions) {
    const { queue, log, counters, observed, random = Math.random, clock = systemClock } = options
    this.#options = options
    this.#line = new BoundedLine(queue.queue_size, SIZES[queue.sizer])
    this.#sender = new Sender({ ...options, random, clock })
    this.#drops = new DropLog(log, counters, clock)
    this.#refusals = new Episode(refusalLines(log), { clock })
    // A queue that is turned off holds nothing.
    if (observed && queue.enabled) observeQueue(observed.meter, observed.kind, this)
  }

  /** True once something was offered. */
  get used(): boolean {
    return this.#offered
  }

  /** How much of `capacity` is in use, by requests that wait or are being sent. */
  get size(): number {
    return this.#line.used
  }

  /** How much the queue can hold, in what its `sizer` counts. */
  get capacity(): number {
    return this.#options.queue.queue_size
  }

  /** Items that were accepted and have no fate yet, those being sent included. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Why nothing can be taken now, before anybody encodes a batch in vain; undefined when something
   * can be. The batch's items are noted as refused.
   */
  refusal(items: number): Outcome | undefined {
    if (this.#stopped) return { kind: 'refused', reason: 'shutdown' }
    const { enabled, block_on_overflow } = this.#options.queue
    if (!enabled || block_on_overflow || !this.#line.full) return undefined
    return this.#refuse(items)
  }

  /**
   * Takes over all of `requests`, which are one batch, or none of them. With the queue turned off it
   * sends them and resolves with what became of them.
   */
  async offer(requests: readonly EncodedRequest[]): Promise<Outcome> {
    this.#offered = true
    const outcome = await this.#offer(requests)
    const { enabled } = this.#options.queue
    if (outcome !== ACCEPTED || !enabled) for (const { release } of requests) release?.()
    return outcome
  }

  async #offer(requests: readonly EncodedRequest[]): Promise<Outcome> {
    if (requests.length === 0) return ACCEPTED
    if (this.#stopped) return { kind: 'refused', reason: 'shutdown' }
    if (!this.#options.queue.enabled) return this.#track(this.#sendNow(requests))
    const jobs = requests.map(jobOf)
    if (!this.#line.couldHold(jobs)) return { kind: 'rejected', reason: 'too_large' }
    while (!this.#line.add(jobs)) {
      if (!this.#options.queue.block_on_overflow) return this.#refuse(sumItems(requests))
      await this.#line.room()
      if (this.#stopped) return { kind: 'refused', reason: 'shutdown' }
    }
    this.#accept(jobs)
    return ACCEPTED
  }

  /**
   * Ends retries, sends what waits once and drops with the reason `shutdown` what is not taken.
   * @param limitMs how long that may take, in milliseconds
   */
  shutdown(limitMs: number = SHUTDOWN_LIMIT_MS): Promise<void> {
    this.#stopped ??= this.#stop(limitMs)
    return this.#stopped
  }

  async #stop(limitMs: number): Promise<void> {
    const cancelLimit = this.#sender.stop(limitMs)
    this.#line.endWaits()
    while (this.#running.size > 0) await Promise.all(this.#running)
    cancelLimit()
    this.#refusals.end()
    this.#drops.end()
  }

  #refuse(items: number): Outcome {
    this.#refusals.add(items)
    return { kind: 'refused', reason: 'queue_full' }
  }

  #accept(jobs: readonly Job[]): void {
    this.#refusals.calm()
    const items = sumItems(jobs)
    this.#waiting += items
    this.#options.counters.countIn(items)
    for (const job of jobs) job.body = this.#preparedOf(job)
    while (this.#line.length > 0 && this.#running.size < this.#options.queue.num_consumers) {
      void this.#track(this.#consume())
    }
  }

  async #consume(): Promise<void> {
    for (let next = this.#line.take(); next; next = this.#line.take()) {
      const { items, body } = next.value
      const fate = await this.#deliver(await body)
      next.value.release()
      this.#waiting -= items
      this.#count(items, fate)
      next.release()
    }
  }

  async #sendNow(requests: readonly EncodedRequest[]): Promise<Outcome> {
    const sending = requests.map(async ({ body }) => this.#deliver(await this.#prepared(body)))
    const fates = await Promise.all(sending)
    const worst = fates.find(({ kind }) => kind === 'given_up')
    // A batch that was taken in part is answered for here, one that was not is still its sender's.
    if (worst?.kind === 'given_up' && fates.every(({ kind }) => kind === 'given_up')) {
      return { kind: worst.reason === 'rejected' ? 'rejected' : 'refused', reason: worst.reason }
    }
    this.#options.counters.countIn(sumItems(requests))
    requests.forEach(({ items }, i) => this.#count(items, fates[i] as Fate))
    return ACCEPTED
  }

  async #deliver(body: Buffer | Error): Promise<Fate> {
    if (Buffer.isBuffer(body)) return this.#sender.deliver(body)
    return { kind: 'given_up', reason: 'rejected', error: describeError(body) }
  }

  /** What is sent of a job; once there is another body than its own, that one is released. */
  async #preparedOf(job: Job): Promise<Buffer | Error> {
    const own = job.body as Buffer
    const prepared = await this.#prepared(own)
    if (prepared === own) return own
    job.release()
    job.release = () => {}
    return prepared
  }

  /** Never rejects: nobody may be waiting yet. */
  async #prepared(body: Buffer): Promise<Buffer | Error> {
    const { prepare } = this.#options
    if (!prepare) return body
    try {
      return await this.#gate.run(() => prepare(body))
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #count(items: number, fate: Fate): void {
    if (fate.kind === 'given_up') return this.#drops.drop(fate.reason, items, { error: fate.error })
    const rejected = Math.min(Math.max(fate.rejected, 0), items)
    this.#options.counters.countOut(items - rejected)
    if (rejected > 0) this.#drops.drop('partial_success', rejected, { error: fate.message })
    this.#drops.calm()
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    return work.finally(() => this.#running.delete(work))
  }
}

function jobOf({ body, items, release = () => {} }: EncodedRequest): Job {
  return { body, items, bytes: body.length, release }
}

function sumItems(list: readonly { readonly items: number }[]): number {
  return list.reduce((sum, { items }) => sum + items, 0)
}

function refusalLines(log: Logger): EpisodeLines {
  return {
    begins: () => log.warn('Queue full, refusing data.'),
    ends: (items) => log.info({ items }, 'Queue has room again.'),
  }
}
