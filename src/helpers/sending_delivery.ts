import { describeError } from '../component/errors.ts'
import { Gate } from './gate.ts'
import type { Fate, Sender } from './sender.ts'
import { shareFate } from './sending_fates.ts'
import { commonClient, dropBody, release, trimBody, trimmed, type Job } from './sending_job.ts'
import type { SendingStore } from './sending_store.ts'

/** Bodies prepared at the same time: compression shares libuv's four threads with name look-ups and files. */
const PREPARED_AT_ONCE = 2

/** What a pile goes through. */
export interface PileSenderOptions {
  readonly sender: Sender
  readonly store: SendingStore | undefined
  /** Work on a body that is done once. */
  readonly prepare: ((body: Buffer) => Promise<Buffer>) | undefined
}

/** Takes piles of jobs from their bodies to their fates. */
export class PileSender {
  readonly #options: PileSenderOptions
  readonly #gate = new Gate(PREPARED_AT_ONCE)

  constructor(options: PileSenderOptions) {
    this.#options = options
  }

  /** Prepares the body of a job that will be sent alone while it waits. */
  prepareAhead(job: Job): void {
    if (this.#options.prepare) job.body = this.#preparedOf(job, job.body as Buffer)
    else trimBody(job)
  }

  /** Sends the jobs as one request. Resolves with the fate of each; never rejects. */
  async deliver(pile: readonly Job[]): Promise<Fate[]> {
    const { store } = this.#options
    await store?.dispatch(pile)
    const bodies = await Promise.all(pile.map((job) => this.#bodyOf(job)))
    const readable = pile.filter((_, i) => Buffer.isBuffer(bodies[i]))
    const fates = new Map<Job, Fate>()
    if (readable.length > 0) {
      const fate = await this.#send(
        readable,
        bodies.filter((body) => Buffer.isBuffer(body)),
      )
      const shared = shareFate(readable, fate)
      readable.forEach((job, i) => fates.set(job, shared[i] as Fate))
    }
    return pile.map((job, i) => fates.get(job) ?? this.#without(bodies[i]))
  }

  async #send(jobs: readonly Job[], bodies: readonly Buffer[]): Promise<Fate> {
    const [only] = jobs as [Job]
    const ahead = jobs.length === 1 && only.body instanceof Promise
    const own = bodies.length === 1 ? (bodies[0] as Buffer) : Buffer.concat(bodies)
    const body = ahead ? own : await this.#prepared(own)
    // Nobody needs the parts any more once there is another body.
    if (body !== bodies[0]) for (const job of jobs) dropBody(job)
    if (Buffer.isBuffer(body)) return this.#options.sender.deliver(body, commonClient(jobs))
    return { kind: 'given_up', reason: 'rejected', error: describeError(body) }
  }

  async #bodyOf(job: Job): Promise<Buffer | Error | undefined> {
    const { store } = this.#options
    return store ? store.body(job) : job.body
  }

  #without(error: unknown): Fate {
    const reason = this.#options.store ? 'storage_unreadable' : 'rejected'
    return { kind: 'given_up', reason, error: describeError(error) }
  }

  /** Once there is another body than the job's own, that one is released. */
  async #preparedOf(job: Job, own: Buffer): Promise<Buffer | Error> {
    const prepared = await this.#prepared(own)
    const body = Buffer.isBuffer(prepared) ? trimmed(prepared) : prepared
    if (body !== own) release(job)
    return body
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
}
