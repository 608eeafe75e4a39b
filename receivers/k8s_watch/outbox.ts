import type { Subject } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { Sleepers } from '../../src/helpers/sleepers.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { LogArray } from '../../src/pdata/log_array.ts'
import { Logs, type LogRecord } from '../../src/pdata/logs.ts'
import { Resource } from '../../src/pdata/resource.ts'

/** What comes within so many milliseconds goes in one batch. */
const GATHER_MS = 50
/** So much waits at most; then the watches are not read. */
const MAX_RECORDS = 1_000
const MAX_BYTES = 16 * 1024 * 1024
/** What was refused is offered again after so long, unless whoever refused it says otherwise. */
const RETRY_MS = 1_000

/**
 * Hands records on in their order, one batch at a time: what is refused is offered again before
 * anything that came later.
 */
export class Outbox {
  readonly #settings: Settings
  readonly #batches: Subject<Batch>
  readonly #drops: DropLog
  readonly #gathering: Sleepers
  readonly #retrying: Sleepers
  readonly #resource = new Resource({})
  #waiting: LogRecord[] = []
  #bytes = 0
  #room: PromiseWithResolvers<void> | undefined
  #sending: Promise<void> | undefined
  #stopped = false

  constructor(settings: Settings, batches: Subject<Batch>, clock: Clock) {
    this.#settings = settings
    this.#batches = batches
    this.#drops = new DropLog(settings.log, settings.counters, clock)
    this.#gathering = new Sleepers(clock)
    this.#retrying = new Sleepers(clock)
  }

  /** Takes a record; where it returns a promise, nothing more shall come before that has resolved. */
  take(record: LogRecord): Promise<void> | void {
    this.#settings.counters.countIn(1)
    this.#waiting.push(record)
    this.#bytes += sizeOf(record)
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined))
    if (!this.#isFull) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** Gathers no longer; resolves when nothing waits. */
  async empty(): Promise<void> {
    this.#gathering.wakeAll()
    await this.#sending
  }

  /** Gives up what waits, and offers nothing again; resolves when nothing is on its way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#retrying.wakeAll()
    await this.#sending
    this.#drops.drop('shutdown', this.#waiting.splice(0).length)
    this.#drops.end()
  }

  get #isFull(): boolean {
    return this.#waiting.length >= MAX_RECORDS || this.#bytes >= MAX_BYTES
  }

  async #send(): Promise<void> {
    await this.#gathering.sleep(GATHER_MS)
    while (this.#waiting.length > 0 && !this.#stopped) {
      const records = this.#waiting
      this.#waiting = []
      this.#bytes = 0
      this.#room?.resolve()
      this.#room = undefined
      await this.#deliver(records)
    }
  }

  async #deliver(records: readonly LogRecord[]): Promise<void> {
    const { counters } = this.#settings
    for (;;) {
      const outcome = await this.#offer(records)
      if (outcome.kind === 'accepted') {
        counters.countOut(records.length)
        return this.#drops.calm()
      }
      counters.refuse(outcome.reason, records.length)
      if (outcome.kind === 'rejected' || this.#stopped) {
        return this.#drops.drop(outcome.reason, records.length)
      }
      await this.#retrying.sleep(outcome.afterMs ?? RETRY_MS)
    }
  }

  #offer(records: readonly LogRecord[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const scope = { name: 'waggle/k8s_watch', version: this.#settings.version }
      const group = { resource: this.#resource, scope, logs: new LogArray(records) }
      this.#batches.next(new Logs([group], new Delivery(resolve)))
    })
  }
}

function sizeOf({ body }: LogRecord): number {
  return typeof body === 'string' ? body.length : 0
}
