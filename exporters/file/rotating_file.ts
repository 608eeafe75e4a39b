import { constants } from 'node:fs'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { deleteOld, putAside } from './backups.ts'
import type { FileConfig } from './config.ts'

const MIB = 1024 * 1024
const { O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } = constants

/** What a file needs beside its configuration. */
export interface RotatingFileOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Is told when a full file could not be put aside: writing goes on in it. */
  readonly onRotationFailure?: (error: unknown) => void
}

/** A file that is put aside when it is full. Its calls must not overlap. */
export class RotatingFile {
  readonly #config: FileConfig
  readonly #now: () => number
  readonly #onRotationFailure: (error: unknown) => void
  readonly #maxBytes: number
  #handle: FileHandle | undefined
  /** Names of backups are in their order, however fast they come and whatever the clock does. */
  #lastBackupMs = 0
  /** Bytes written and whole; undefined for what is no regular file (`/dev/stdout`, a pipe). */
  #size: number | undefined

  constructor(
    config: FileConfig,
    { now = Date.now, onRotationFailure = () => {} }: RotatingFileOptions = {},
  ) {
    this.#config = config
    this.#now = now
    this.#onRotationFailure = onRotationFailure
    this.#maxBytes = config.rotation ? config.rotation.max_megabytes * MIB : Infinity
  }

  /** Opens the file, and makes its folder where it may. Throws an error that names the file. */
  async open(): Promise<void> {
    const { path, append, rotation, create_directory } = this.#config
    if (create_directory) await makeFolder(dirname(path))
    await this.#open(append || rotation !== undefined)
  }

  /**
   * Writes `bytes`, a whole number of records, all or none: what a failed write left behind is taken
   * away again.
   */
  async write(bytes: Buffer): Promise<void> {
    if (!this.fits(bytes.length) && this.#size !== 0) await this.#rotate()
    if (!this.#handle) await this.#open(true)
    const handle = this.#handle as FileHandle
    try {
      await writeAll(handle, bytes, this.#size)
    } catch (cause) {
      if (this.#size !== undefined) await handle.truncate(this.#size).catch(() => {})
      throw new Error(`write ${this.#config.path}`, { cause })
    }
    if (this.#size !== undefined) this.#size += bytes.length
  }

  /** False when so many more bytes go into a new file, unless this one is empty. */
  fits(bytes: number): boolean {
    return this.#size === undefined || this.#size + bytes <= this.#maxBytes
  }

  /** Closes the file. May be called in any state. */
  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #open(keep: boolean): Promise<void> {
    const { path } = this.#config
    try {
      this.#handle = await openFile(path, keep)
      const stats = await this.#handle.stat()
      this.#size = stats.isFile() ? stats.size : undefined
    } catch (cause) {
      throw new Error(`open ${path}`, { cause })
    }
  }

  async #rotate(): Promise<void> {
    const { path, rotation } = this.#config
    if (!rotation) return
    try {
      const at = Math.max(this.#now(), this.#lastBackupMs + 1)
      this.#lastBackupMs = await putAside(path, at, rotation.localtime)
    } catch (cause) {
      return this.#onRotationFailure(new Error(`put ${path} aside`, { cause }))
    }
    this.#size = 0
    await this.close()
    await this.#open(false)
    await deleteOld(path, this.#now(), rotation).catch(this.#onRotationFailure)
  }
}

/** Some special files (`/dev/stdout` as a pipe) can be written only. */
async function openFile(path: string, keep: boolean): Promise<FileHandle> {
  const flags = O_CREAT | (keep ? 0 : O_TRUNC)
  return open(path, flags | O_RDWR).catch(() => open(path, flags | O_WRONLY))
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new Error(`make folder ${folder}`, { cause })
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number | undefined): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const position = at === undefined ? null : at + done
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position)
    done += bytesWritten
  }
}
