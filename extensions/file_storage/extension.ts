import { access, constants, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../src/component/settings.ts'
import type { StorageExtension, StoredQueue } from '../../src/component/storage.ts'
import type { FileStorageConfig } from './config.ts'
import { FileQueue } from './file_queue.ts'
import { ownerName } from './owner_name.ts'

/** Keeps the queues of other components in files, each in a folder of its own. */
export class FileStorageExtension implements StorageExtension {
  readonly #settings: Settings
  readonly #config: FileStorageConfig
  readonly #open = new Set<FileQueue>()

  constructor(settings: Settings, config: FileStorageConfig) {
    this.#settings = settings
    this.#config = config
  }

  /** Rejects when the directory is not there or may not be used. */
  async start(): Promise<void> {
    const { directory, create_directory } = this.#config
    if (create_directory) await mkdir(directory, { recursive: true, mode: this.#mode() })
    await checkDirectory(directory)
  }

  async queue(owner: string): Promise<StoredQueue> {
    const { directory, timeout, fsync } = this.#config
    const queue: FileQueue = await FileQueue.open({
      folder: join(directory, `${ownerName(owner)}.queue`),
      mode: this.#mode(),
      lockTimeoutMs: timeout,
      fsync,
      log: this.#settings.log,
      onClosed: () => void this.#open.delete(queue),
    })
    this.#open.add(queue)
    return queue
  }

  /** Owners close their queues themselves; one that did not is closed here. */
  async shutdown(): Promise<void> {
    await Promise.all([...this.#open].map((queue) => queue.close()))
  }

  #mode(): number {
    return Number.parseInt(this.#config.directory_permissions, 8)
  }
}

async function checkDirectory(directory: string): Promise<void> {
  const there = await stat(directory).catch((cause: unknown) => {
    const hint = 'the `create_directory` option makes it'
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new Error(`directory must exist: ${directory}; ${hint}`, { cause })
  })
  if (!there.isDirectory()) throw new Error(`${directory} is not a directory`)
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
}
