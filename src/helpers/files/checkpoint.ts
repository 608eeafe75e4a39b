import type { Settings } from '../../component/settings.ts'
import { isStorage, type StoredEntry, type StoredQueue } from '../../component/storage.ts'
import { describeError } from '../../component/errors.ts'
import type { FileMark } from './followed_file.ts'

/** Where reading goes on after a restart, kept in a storage extension: the last entry of a queue. */
export class Checkpoint {
  readonly #queue: StoredQueue
  readonly #log: Settings['log']
  #entries: readonly StoredEntry[]
  #written = ''

  private constructor(queue: StoredQueue, log: Settings['log']) {
    this.#queue = queue
    this.#log = log
    this.#entries = queue.recovered
  }

  /** Opens the storage of an id. Rejects where `service.extensions` has none of it. */
  static async open({ host, id, log }: Settings, storage: string): Promise<Checkpoint> {
    const extension = host.extension(storage)
    if (!extension) throw new Error(`storage: service.extensions has no "${storage}"`)
    if (!isStorage(extension)) throw new Error(`storage: "${storage}" is not a storage extension`)
    return new Checkpoint(await extension.queue(`receiver_${id.replace('/', '_')}`), log)
  }

  /** What was written last; undefined where nothing was, or it cannot be read. */
  async read(): Promise<FileMark[] | undefined> {
    const last = this.#entries.at(-1)
    if (!last) return undefined
    try {
      const text = (await this.#queue.read(last)).toString()
      this.#written = text
      return JSON.parse(text) as FileMark[]
    } catch (error) {
      this.#log.error({ error: describeError(error) }, 'Cannot read where reading ended.')
      return undefined
    }
  }

  /** Keeps the marks instead of those before. A storage that is full keeps the old ones. */
  async write(marks: readonly FileMark[]): Promise<void> {
    const text = JSON.stringify(marks)
    if (text === this.#written) return
    const before = this.#entries
    try {
      this.#entries = await this.#queue.put([{ body: Buffer.from(text), items: 0 }])
      this.#written = text
      await this.#queue.remove(before)
    } catch (error) {
      this.#log.error({ error: describeError(error) }, 'Cannot keep where reading ended.')
    }
  }

  /** Ends the use. */
  async close(): Promise<void> {
    await this.#queue.close()
  }
}
