import { setMaxListeners } from 'node:events'
import { describeError } from '../component/errors.ts'
import type { ClientInfo } from '../pdata/delivery.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from './clock.ts'
import { Episode, type EpisodeLines } from './episode.ts'
import { Backoff } from './retry.ts'
import type { Send, SendResult } from './send_result.ts'
import type { RetryConfig } from './sending_config.ts'
import { NO_HEALTH, type SenderHealth } from './sending_status.ts'
import { Sleepers } from './sleepers.ts'

/** What became of a request after its last attempt. */
export type Fate =
  | { readonly kind: 'moved' }
  | { readonly kind: 'sent'; readonly rejected: number; readonly message: string }
  | {
      readonly kind: 'given_up'
      readonly reason: 'rejected' | 'retries_exhausted' | 'shutdown' | 'storage_unreadable'
      /** The destination's own words. */
      readonly error: string
    }

/** What a sender needs. */
export interface SenderOptions {
  readonly send: Send
  readonly timeoutMs: number
  readonly retry: RetryConfig
  readonly log: Logger
  /** Told of every attempt; nobody unless given. */
  readonly health?: SenderHealth
  readonly random: () => number
  readonly clock: Clock
}

/** How a sender ends. */
export interface SenderEnd {
  /** After so many milliseconds attempts under way end, too. */
  readonly limitMs: number
  /** Whether what has failed before, or was not tried yet, is tried once more. */
  readonly lastAttempt: boolean
}

/** Takes requests through their attempts, and says in the log when the destination fails and recovers. */
export class Sender {
  readonly #options: SenderOptions
  readonly #health: SenderHealth
  readonly #sleepers: Sleepers
  readonly #abort = new AbortController()
  readonly #failing: Episode
  #reason = ''
  #lastAttempt = true
  /** By `clock`: until when attempts may last; undefined while nobody stops. */
  #until: number | undefined

  constructor(options: SenderOptions) {
    this.#options = options
    this.#health = options.health ?? NO_HEALTH
    this.#sleepers = new Sleepers(options.clock)
    this.#failing = new Episode(this.#lines(), { clock: options.clock })
    setMaxListeners(0, this.#abort.signal)
  }

  /**
   * Tries until the destination took the request or nothing can help. Never rejects.
   * @param client who sent the data, where that is known
   */
  async deliver(body: Buffer, client?: ClientInfo): Promise<Fate> {
    const backoff = new Backoff(this.#options.retry, this.#options)
    for (;;) {
      const result = await this.#attempt(body, client)
      if (result.kind === 'sent') return this.#sent(result)
      if (result.kind === 'moved') return result
      if (result.kind === 'rejected') return this.#refused(result.reason)
      this.#failed(result.reason)
      if (this.#until !== undefined) {
        return { kind: 'given_up', reason: 'shutdown', error: result.reason }
      }
      const wait = backoff.next(result.afterMs)
      if (wait === undefined) {
        return { kind: 'given_up', reason: 'retries_exhausted', error: result.reason }
      }
      await this.#sleepers.sleep(wait)
    }
  }

  /** From now on nothing is tried twice and waits end at once. Returns what cancels the limit. */
  stop({ limitMs, lastAttempt }: SenderEnd): () => void {
    const { clock } = this.#options
    this.#lastAttempt = lastAttempt
    this.#until = clock.now() + limitMs
    this.#sleepers.wakeAll()
    return clock.after(limitMs, () => this.#abort.abort())
  }

  async #attempt(body: Buffer, client: ClientInfo | undefined): Promise<SendResult> {
    const { signal } = this.#abort
    const over = this.#until !== undefined && !this.#lastAttempt
    if (signal.aborted || over) return { kind: 'retry', reason: 'shutting down' }
    try {
      return await this.#options.send(body, { timeoutMs: this.#timeout(), signal, client })
    } catch (error) {
      return { kind: 'rejected', reason: describeError(error) }
    }
  }

  #timeout(): number {
    const { timeoutMs, clock } = this.#options
    if (this.#until === undefined) return timeoutMs
    return Math.max(1, Math.min(timeoutMs, this.#until - clock.now()))
  }

  #sent({ rejected = 0, message = '' }: { rejected?: number; message?: string }): Fate {
    this.#failing.calm()
    this.#health.works()
    return { kind: 'sent', rejected, message }
  }

  #refused(error: string): Fate {
    this.#health.refused(error)
    return { kind: 'given_up', reason: 'rejected', error }
  }

  #failed(reason: string): void {
    if (this.#until !== undefined) return
    this.#reason = reason
    this.#failing.add(1)
    this.#health.failing(reason)
  }

  #lines(): EpisodeLines {
    const { log } = this.#options
    return {
      begins: () => log.warn({ error: this.#reason }, 'Destination fails, trying again.'),
      ends: (failed_attempts, ms) => {
        const seconds = Math.round(ms / 1000)
        log.info({ failed_attempts, seconds }, 'Destination works again.')
      },
    }
  }
}
