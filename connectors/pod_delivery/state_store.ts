import { describeError } from '../../src/component/errors.ts'
import type { Settings } from '../../src/component/settings.ts'
import { isStorage, type StoredQueue } from '../../src/component/storage.ts'
import type { Kept } from './follower.ts'

/** Pods in one entry of the storage. */
const PODS_EACH = 500

/** Keeps deliveries under way from one process to the next. */
export class StateStore {
  readonly #queue: StoredQueue
  readonly #log: Settings['log']

  private constructor(queue: StoredQueue, log: Settings['log']) {
    this.#queue = queue
    this.#log = log
  }

  /** Opens the storage of an id. Rejects where `service.extensions` has none of it. */
  static async open({ host, id, log }: Settings, storage: string): Promise<StateStore> {
    const extension = host.extension(storage)
    if (!extension) throw new Error(`storage: service.extensions has no "${storage}"`)
    if (!isStorage(extension)) throw new Error(`storage: "${storage}" is not a storage extension`)
    return new StateStore(await extension.queue(`connector_${id.replace('/', '_')}`), log)
  }

  /** What the last process kept; it is not kept any more then. */
  async take(): Promise<Kept[]> {
    const all: Kept[] = []
    for (const entry of this.#queue.recovered) {
      try {
        all.push(JSON.parse((await this.#queue.read(entry)).toString()) as Kept)
      } catch (error) {
        this.#log.error(
          { error: describeError(error) },
          'Cannot read deliveries that were under way.',
        )
      }
    }
    await this.#queue.remove(this.#queue.recovered)
    return all
  }

  /** Keeps it for the next process; returns whether that went well. */
  async put({ pods, rollouts }: Kept): Promise<boolean> {
    const parts: Kept[] = []
    for (let at = 0; at < pods.length; at += PODS_EACH) {
      parts.push({ pods: pods.slice(at, at + PODS_EACH), rollouts: [] })
    }
    if (rollouts.length > 0) parts.push({ pods: [], rollouts })
    if (parts.length === 0) return true
    try {
      await this.#queue.put(
        parts.map((part) => ({ body: Buffer.from(JSON.stringify(part)), items: 0 })),
      )
      return true
    } catch (error) {
      this.#log.error({ error: describeError(error) }, 'Cannot keep deliveries that are under way.')
      return false
    }
  }

  /** Ends the use. */
  async close(): Promise<void> {
    await this.#queue.close()
  }
}
