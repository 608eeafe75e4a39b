import { Unreadable, type StoredEntry, type StoredQueue } from '../component/storage.ts'
import type { Meter } from '../telemetry/meter.ts'
import { FakeClock, settingsOf, settled } from './fixtures.ts'
import type { Attempt, EncodedRequest, SendResult } from './send_result.ts'
import { retryConfig, sendingQueueConfig } from './sending_config.ts'
import { SendingQueue } from './sending_queue.ts'
import { DestinationStatus } from './sending_status.ts'

/** One call of `send`, answered by the test. */
export interface Call {
  readonly body: string
  readonly attempt: Attempt
  readonly answer: (result: SendResult) => Promise<void>
}

/** What a destination that is away answers. */
export const UNAVAILABLE = { kind: 'retry', reason: 'UNAVAILABLE: no' } as const

/** What a queue under test is made of; the options as they stand in YAML. */
export interface QueueGiven {
  readonly queue?: object
  readonly retry?: object
  readonly prepare?: (body: Buffer) => Promise<Buffer>
  readonly storage?: () => Promise<StoredQueue>
  readonly maxBytes?: number
  readonly meter?: Meter
}

/** A queue whose destination and time are the test's. */
export function queueOf(given: QueueGiven = {}) {
  const { queue = {}, retry = {}, prepare, storage, maxBytes, meter } = given
  const clock = new FakeClock()
  const { settings, logged } = settingsOf('test')
  const { calls, send } = destination()
  const told: string[] = []
  const status = new DestinationStatus({
    ok: () => void told.push('ok'),
    recoverable: (error) => void told.push(error),
    permanent: (error) => void told.push(`permanent: ${error}`),
  })
  const sending = new SendingQueue({
    queue: sendingQueueConfig.parse(queue),
    retry: retryConfig.parse(retry),
    timeoutMs: 5_000,
    send,
    ...(prepare && { prepare }),
    ...(storage && { storage }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(meter && { observed: { meter, kind: 'traces' } }),
    log: settings.log,
    counters: settings.counters,
    status,
    random: () => 0.5,
    clock,
  })
  const { counters } = settings
  const counts = () => ({
    in: counters.in,
    out: counters.out,
    dropped: Object.fromEntries(counters.dropped),
    waiting: sending.waiting,
  })
  return { sending, calls, clock, logged, told, counts, counters }
}

function destination() {
  const calls: Call[] = []
  const send = (body: Buffer, attempt: Attempt): Promise<SendResult> =>
    new Promise((resolve) => {
      attempt.signal.addEventListener('abort', () => resolve({ kind: 'retry', reason: 'aborted' }))
      const answer = async (result: SendResult) => {
        resolve(result)
        await settled()
      }
      calls.push({ body: String(body), attempt, answer })
    })
  return { calls, send }
}

/** A request of so many items, whose body is `text`. */
export const request = (text: string, items = 1): EncodedRequest => ({
  body: Buffer.from(text),
  items,
})

interface KeptEntry extends StoredEntry {
  readonly body: Buffer
  dispatched: boolean
}

/** A storage in memory, which outlives the queues that use it. */
export class FakeStorage {
  /** What it keeps; a body of `damaged` cannot be read. */
  readonly kept = new Set<KeptEntry>()
  isOpen = false
  /** What the next `put` rejects with. */
  error: Error | undefined

  /** What is kept, as `body` or `body!` for what was being sent. */
  get texts(): string[] {
    return [...this.kept].map(({ body, dispatched }) => `${String(body)}${dispatched ? '!' : ''}`)
  }

  /** Opens it. */
  open = async (): Promise<StoredQueue> => {
    this.isOpen = true
    return {
      recovered: [...this.kept].map((entry) => entry),
      facts: { bytes: 10 * this.kept.size, damaged: 0 },
      put: async (requests) => {
        if (this.error) throw this.error
        const entries = requests.map(({ body, items }): KeptEntry => {
          return { body: Buffer.from(body), items, bytes: body.length, dispatched: false }
        })
        for (const entry of entries) this.kept.add(entry)
        return entries
      },
      read: async (entry) => {
        const { body } = entry as KeptEntry
        if (String(body) === 'damaged') throw new Unreadable('0000000001.log is damaged at byte 0')
        return body
      },
      dispatch: async (entries) => {
        for (const entry of entries as KeptEntry[]) entry.dispatched = true
      },
      remove: async (entries) => {
        for (const entry of entries as KeptEntry[]) this.kept.delete(entry)
      },
      close: async () => {
        this.isOpen = false
      },
    }
  }
}
