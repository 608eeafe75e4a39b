import type { StoredEntry } from '../component/storage.ts'
import type { ClientInfo } from '../pdata/delivery.ts'
import type { EncodedRequest } from './send_result.ts'
import type { WaitedBatch } from './sending_fates.ts'

/** A request in the queue. */
export interface Job {
  readonly items: number
  /** Bytes of its body before `prepare`. */
  readonly bytes: number
  /** By the queue's clock: when it came. */
  readonly since: number
  /** Who sent the data, where that is known; a storage does not keep it. */
  readonly client?: ClientInfo | undefined
  /** Whoever waits to hear what becomes of it. */
  readonly waited?: WaitedBatch | undefined
  /** Where it is kept, with a storage. */
  entry?: StoredEntry | undefined
  /** Undefined when it is only in the storage. */
  body: Buffer | Promise<Buffer | Error> | undefined
  /** Called once, when the body as it came is not needed any more. */
  release: () => void
}

const nothing = (): void => {}

/** What jobs are measured by. */
export const SIZES = {
  requests: () => 1,
  items: ({ items }: Job) => items,
  bytes: ({ bytes }: Job) => bytes,
} as const

/** A job for a request that came at `since`. */
export function jobOf(request: EncodedRequest, since: number, waited?: WaitedBatch): Job {
  const { body, items, client, release = nothing } = request
  return { items, bytes: body.length, since, client, waited, body, release }
}

/** A job for what an earlier process has kept. */
export function jobFrom(entry: StoredEntry): Job {
  const { items, bytes } = entry
  return { items, bytes, since: -Infinity, entry, body: undefined, release: nothing }
}

/** A body that may wait for long: a copy where it lies in memory far larger than itself. */
export function trimmed(body: Buffer): Buffer {
  return body.buffer.byteLength > 2 * body.length ? Buffer.from(body) : body
}

/** Lets go of the memory in which a job's own body lies, where that is far larger. */
export function trimBody(job: Job): void {
  const { body } = job
  if (!Buffer.isBuffer(body)) return
  job.body = trimmed(body)
  if (job.body !== body) release(job)
}

/** Gives the memory of a job's own body back, once. */
export function release(job: Job): void {
  job.release()
  job.release = nothing
}

/** Ends the use of a job's own body. */
export function dropBody(job: Job): void {
  release(job)
  job.body = undefined
}

/** Who sent the data of several jobs; undefined where they were not the same. */
export function commonClient(jobs: readonly Job[]): ClientInfo | undefined {
  const client = jobs[0]?.client
  return jobs.every((job) => job.client === client) ? client : undefined
}

/** All items of a list. */
export function sumItems(list: readonly { readonly items: number }[]): number {
  return list.reduce((sum, { items }) => sum + items, 0)
}
