import { describeError } from '../component/errors.ts'
import { StorageFull, type StoredEntry, type StoredQueue } from '../component/storage.ts'
import type { Outcome } from '../pdata/delivery.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'
import { Episode } from './episode.ts'
import { dropBody, jobFrom, sumItems, trimBody, type Job } from './sending_job.ts'
import type { SenderHealth } from './sending_status.ts'

/** Bodies up to this sum of bytes stay in memory beside the storage, so that they need not be read. */
const IN_MEMORY = 4 * 1024 * 1024

/** What a store needs. */
export interface SendingStoreOptions {
  readonly open: () => Promise<StoredQueue>
  readonly log: Logger
  readonly clock: Clock
  readonly health: SenderHealth
}

/** Keeps the jobs of a queue in a storage. Only `open` rejects. */
export class SendingStore {
  readonly #options: SendingStoreOptions
  readonly #failures: Episode
  #error = ''
  #queue: StoredQueue | undefined
  #inMemory = 0
  #recovered = { requests: 0, items: 0, duplicates: 0 }

  constructor(options: SendingStoreOptions) {
    const { log, clock } = options
    this.#options = options
    const lines = {
      begins: () => log.error({ error: this.#error }, 'Storage fails.'),
      ends: (failures: number) => log.info({ failures }, 'Storage works again.'),
    }
    this.#failures = new Episode(lines, { clock })
  }

  /** Items that were found at the start, and how many of them the destination may have already. */
  get recovered(): { readonly items: number; readonly duplicates: number } {
    return this.#recovered
  }

  /** Bytes on the disk, and damaged stretches that were found; undefined before `open`. */
  get facts(): StoredQueue['facts'] | undefined {
    return this.#queue?.facts
  }

  /** Opens the storage. Resolves with what it has kept. */
  async open(): Promise<Job[]> {
    const queue = await this.#options.open()
    this.#queue = queue
    const { recovered } = queue
    const dispatched = recovered.filter((entry) => entry.dispatched)
    this.#recovered = {
      requests: recovered.length,
      items: sumItems(recovered),
      duplicates: sumItems(dispatched),
    }
    const { requests, items, duplicates } = this.#recovered
    if (requests > 0) {
      const fields = { requests, items, possible_duplicates: duplicates }
      this.#options.log.info(fields, 'Sending what an earlier process has kept.')
    }
    return recovered.map(jobFrom)
  }

  /** Keeps jobs. Why they were not taken, if so. */
  async keep(jobs: readonly Job[]): Promise<Outcome | undefined> {
    if (!this.#queue) return { kind: 'refused', reason: 'storage_failed' }
    try {
      const requests = jobs.map(({ body, items }) => ({ body: body as Buffer, items }))
      const entries = await this.#queue.put(requests)
      jobs.forEach((job, i) => this.#kept(job, entries[i] as StoredEntry))
      this.#works()
      return undefined
    } catch (error) {
      this.#failed(error)
      const reason = error instanceof StorageFull ? 'storage_full' : 'storage_failed'
      return { kind: 'refused', reason }
    }
  }

  /** Notes that jobs are going to be sent. */
  async dispatch(jobs: readonly Job[]): Promise<void> {
    await this.#mark((queue) => queue.dispatch(entriesOf(jobs)))
  }

  /** The body of a job, or why there is none. */
  async body({ body, entry }: Job): Promise<Buffer | Error> {
    if (body) return body
    try {
      if (!this.#queue || !entry) throw new Error('storage is not open')
      return await this.#queue.read(entry)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /** Ends the keeping of jobs. */
  async remove(jobs: readonly Job[]): Promise<void> {
    await this.#mark((queue) => queue.remove(entriesOf(jobs)))
  }

  /** A job is not waiting any more: its body, where it was in memory, does not count. */
  taken({ body, bytes }: Job): void {
    if (body) this.#inMemory -= bytes
  }

  /** Ends the use of the storage: what was not removed stays. */
  async close(): Promise<void> {
    await this.#mark((queue) => queue.close())
    this.#queue = undefined
    this.#failures.end()
  }

  #kept(job: Job, entry: StoredEntry): void {
    job.entry = entry
    if (this.#inMemory + job.bytes > IN_MEMORY) return dropBody(job)
    trimBody(job)
    this.#inMemory += job.bytes
  }

  async #mark(change: (queue: StoredQueue) => Promise<void>): Promise<void> {
    try {
      if (this.#queue) await change(this.#queue)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#error = describeError(error)
    this.#failures.add(1)
    this.#options.health.failing(`storage: ${this.#error}`)
  }

  #works(): void {
    this.#failures.calm()
    this.#options.health.works()
  }
}

function entriesOf(jobs: readonly Job[]): StoredEntry[] {
  return jobs.flatMap(({ entry }) => entry ?? [])
}
