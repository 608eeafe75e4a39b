import type { StoredQueue } from '../component/storage.ts'
import { ACCEPTED, type Outcome } from '../pdata/delivery.ts'
import type { Kind } from '../pdata/batch.ts'
import type { ComponentCounters } from '../telemetry/counters.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { BoundedLine } from './bounded_line.ts'
import { systemClock, type Clock } from './clock.ts'
import { Episode, type EpisodeLines } from './episode.ts'
import { observeQueue } from './queue_metrics.ts'
import type { EncodedRequest, Send } from './send_result.ts'
import { SendSizes } from './send_sizes.ts'
import { Sender, type Fate } from './sender.ts'
import type { RetryConfig, SendingQueueConfig } from './sending_config.ts'
import { PileSender } from './sending_delivery.ts'
import { Fates, WaitedBatch } from './sending_fates.ts'
import { dropBody, jobOf, SIZES, sumItems, trimBody, type Job } from './sending_job.ts'
import { Piles } from './sending_piles.ts'
import { NO_HEALTH, type DestinationStatus } from './sending_status.ts'
import { SendingStore } from './sending_store.ts'

/** How long `shutdown` may take, in milliseconds, unless told otherwise. */
export const SHUTDOWN_LIMIT_MS = 10_000

/** How long attempts under way may still take at `shutdown` of a queue that is kept, in milliseconds. */
export const KEPT_SHUTDOWN_LIMIT_MS = 1_000

/** What a queue needs; durations are milliseconds. */
export interface SendingQueueOptions {
  readonly queue: SendingQueueConfig
  readonly retry: RetryConfig
  readonly timeoutMs: number
  readonly send: Send
  /** Work on a body that is done once, in the background, while it waits: compression. */
  readonly prepare?: (body: Buffer) => Promise<Buffer>
  /** Opens where the queue is kept; given exactly where `queue.storage` is. */
  readonly storage?: () => Promise<StoredQueue>
  /** Bytes of a request at most, before `prepare`: requests are not put together beyond it. */
  readonly maxBytes?: number
  readonly log: Logger
  readonly counters: ComponentCounters
  /** Told how the destination fares; nobody unless given. */
  readonly status?: DestinationStatus
  /** Where it tells how full it is, and of which kind of data; nowhere unless given. */
  readonly observed?: { readonly meter: Meter; readonly kind: Kind }
  readonly random?: () => number
  readonly clock?: Clock
}

/**
 * The bounded queue in front of a destination, with retries, as the Collector's exporters have it.
 *
 * It answers for what it has accepted: `in = out + dropped + waiting`, with the reasons `rejected`,
 * `retries_exhausted`, `partial_success`, `storage_unreadable` and `shutdown`. What it refuses it does
 * not count; that is for whoever still holds the data. Where a storage keeps what waits, `shutdown`
 * takes it back out of `in`: the next queue counts it when it finds it.
 *
 * Requests that are put together are concatenated: for protobuf messages whose fields are all repeated
 * that is the message of both, as in OTLP.
 */
export class SendingQueue {
  readonly #options: SendingQueueOptions
  readonly #clock: Clock
  readonly #line: BoundedLine<Job>
  readonly #piles: Piles
  readonly #sender: Sender
  readonly #pileSender: PileSender
  readonly #fates: Fates
  readonly #refusals: Episode
  readonly #store: SendingStore | undefined
  readonly #running = new Set<Promise<unknown>>()
  readonly #sizes: SendSizes | undefined
  readonly #unobserve: () => void
  #sending = 0
  #waiting = 0
  #offered = false
  #stopped: Promise<void> | undefined

  constructor(options: SendingQueueOptions) {
    const { queue, log, counters, status, storage, random = Math.random } = options
    const { clock = systemClock, maxBytes = Infinity } = options
    this.#options = options
    this.#clock = clock
    this.#line = new BoundedLine(queue.queue_size, SIZES[queue.sizer])
    this.#piles = new Piles(this.#line, { queue, maxBytes, clock, onDue: () => this.#pump() })
    this.#sender = new Sender({ ...options, health: status?.sender() ?? NO_HEALTH, random, clock })
    this.#fates = new Fates(log, counters, clock)
    this.#refusals = new Episode(refusalLines(log), { clock })
    if (storage && queue.enabled) {
      const health = status?.sender() ?? NO_HEALTH
      this.#store = new SendingStore({ open: storage, log, clock, health })
    }
    const { prepare } = options
    this.#pileSender = new PileSender({ sender: this.#sender, store: this.#store, prepare })
    const { observed } = options
    this.#sizes = observed && new SendSizes(observed.meter, observed.kind)
    this.#unobserve = this.#observe()
  }

  /**
   * Opens the storage, where there is one, and begins to send what it has kept. Rejects when it
   * cannot be opened.
   */
  async start(): Promise<void> {
    if (!this.#store || this.#stopped) return
    const jobs = await this.#track(this.#store.open())
    if (jobs.length === 0) return
    this.#offered = true
    this.#line.force(jobs)
    this.#accepted(jobs)
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

  /** Requests that are being sent, or wait to be sent again. */
  get inFlight(): number {
    return this.#sending
  }

  /** Items that were accepted and have no fate yet, those being sent included. */
  get waiting(): number {
    return this.#waiting
  }

  /** What keeps the queue; undefined where nothing does. */
  get store(): Pick<SendingStore, 'facts' | 'recovered'> | undefined {
    return this.#store
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
   * Takes over all of `requests`, which are one batch, or none of them. With the queue turned off, and
   * with `wait_for_result`, it resolves with what became of them.
   */
  async offer(requests: readonly EncodedRequest[]): Promise<Outcome> {
    this.#offered = true
    if (requests.length === 0) return ACCEPTED
    const { enabled, wait_for_result } = this.#options.queue
    const waited =
      enabled && !wait_for_result ? undefined : new WaitedBatch(requests.length, this.#fates)
    const now = this.#clock.now()
    const jobs = requests.map((request) => jobOf(request, now, waited))
    const refusal = await this.#enter(jobs)
    if (!refusal) return waited ? waited.outcome : ACCEPTED
    for (const job of jobs) dropBody(job)
    return refusal
  }

  /**
   * Ends retries, sends what waits once and drops with the reason `shutdown` what is not taken. Where
   * a storage keeps what waits, nothing more is sent: it is released as soon as the attempts under
   * way are over.
   * @param limitMs how long that may take, in milliseconds
   */
  shutdown(
    limitMs: number = this.#store ? KEPT_SHUTDOWN_LIMIT_MS : SHUTDOWN_LIMIT_MS,
  ): Promise<void> {
    this.#stopped ??= this.#stop(limitMs)
    return this.#stopped
  }

  async #stop(limitMs: number): Promise<void> {
    const cancelLimit = this.#sender.stop({ limitMs, lastAttempt: !this.#store })
    this.#line.endWaits()
    this.#piles.flush()
    this.#pump()
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
    cancelLimit()
    await this.#leave()
    this.#refusals.end()
    this.#fates.end()
    this.#unobserve()
  }

  /** What a storage keeps is the next queue's. */
  async #leave(): Promise<void> {
    if (!this.#store) return
    await this.#store.close()
    const { log, counters } = this.#options
    const items = this.#waiting
    if (items === 0) return
    counters.countIn(-items)
    this.#waiting = 0
    log.info({ items }, 'Kept what was not sent yet for the next start.')
  }

  #refuse(items: number): Outcome {
    this.#refusals.add(items)
    return { kind: 'refused', reason: 'queue_full' }
  }

  /** Takes jobs in, or says why not. */
  async #enter(jobs: readonly Job[]): Promise<Outcome | undefined> {
    const { enabled, block_on_overflow } = this.#options.queue
    if (this.#stopped) return { kind: 'refused', reason: 'shutdown' }
    if (!enabled) {
      for (const job of jobs) void this.#track(this.#consume([job]))
      return undefined
    }
    if (!this.#line.couldHold(jobs)) return { kind: 'rejected', reason: 'too_large' }
    const entered = this.#line.reserve(jobs) || (block_on_overflow && (await this.#line.wait(jobs)))
    if (this.#stopped) return { kind: 'refused', reason: 'shutdown' }
    if (!entered) return this.#refuse(sumItems(jobs))
    const failure = await this.#track(this.#keep(jobs))
    if (failure) return failure
    this.#refusals.calm()
    this.#line.push(jobs)
    this.#accepted(jobs)
    return undefined
  }

  async #keep(jobs: readonly Job[]): Promise<Outcome | undefined> {
    const failure = await this.#store?.keep(jobs)
    if (failure) this.#line.release(jobs)
    return failure
  }

  #accepted(jobs: readonly Job[]): void {
    const ours = sumItems(jobs.filter(({ waited }) => !waited))
    this.#waiting += ours
    this.#options.counters.countIn(ours)
    this.#piles.added(jobs)
    if (!this.#store) for (const job of jobs) this.#makeReady(job)
    this.#pump()
  }

  /** What is put together is prepared then. */
  #makeReady(job: Job): void {
    if (this.#options.queue.batch) trimBody(job)
    else this.#pileSender.prepareAhead(job)
  }

  /** Sends what is ready, `num_consumers` requests at once. */
  #pump(): void {
    if (this.#stopped && this.#store) return
    while (this.#sending < this.#options.queue.num_consumers) {
      const pile = this.#piles.take()
      if (pile.length === 0) return
      void this.#track(this.#consume(pile))
    }
  }

  async #consume(pile: readonly Job[]): Promise<void> {
    this.#sending++
    for (const job of pile) this.#store?.taken(job)
    this.#sizes?.add(
      sumItems(pile),
      pile.reduce((sum, { bytes }) => sum + bytes, 0),
    )
    const fates = await this.#pileSender.deliver(pile)
    pile.forEach((job, i) => this.#finish(job, fates[i] as Fate))
    await this.#store?.remove(pile.filter((_, i) => !isKept(fates[i] as Fate)))
    if (this.#options.queue.enabled) this.#line.release(pile)
    this.#sending--
    this.#pump()
  }

  #finish(job: Job, fate: Fate): void {
    dropBody(job)
    if (this.#store && isKept(fate)) return
    const part = { items: job.items, fate }
    if (job.waited) return job.waited.add(part)
    this.#waiting -= job.items
    this.#fates.count(part)
  }

  #observe(): () => void {
    const { observed, queue } = this.#options
    // A queue that is turned off holds nothing.
    if (!observed || !queue.enabled) return () => {}
    return observeQueue(observed.meter, observed.kind, this)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const forget = (): void => void this.#running.delete(work)
    work.then(forget, forget)
    return work
  }
}

/** What was given up only because the agent stops stays in a storage. */
function isKept(fate: Fate): boolean {
  return fate.kind === 'given_up' && fate.reason === 'shutdown'
}

function refusalLines(log: Logger): EpisodeLines {
  return {
    begins: () => log.warn('Queue full, refusing data.'),
    ends: (items) => log.info({ items }, 'Queue has room again.'),
  }
}
