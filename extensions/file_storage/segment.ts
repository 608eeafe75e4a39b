import { open, unlink, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HEADER_BYTES, STATE_AT } from './record.ts'

/** Opens a file; replaced in tests. */
export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>

/** What is kept is data about people: nobody else may read it. */
const FILE_MODE = 0o600

/** One file of a queue. It is open only while it is used. */
export class Segment {
  readonly number: number
  readonly path: string
  /** Where the next record goes. */
  length: number
  /** Records that were not removed. */
  live = 0
  /** What a failed write has left could not be taken away: nothing may be written behind it. */
  spoilt = false
  readonly #openFile: OpenFile
  #file: Promise<FileHandle> | undefined

  /** @param length of the file, where it is there already */
  constructor(path: string, number: number, length = 0, openFile: OpenFile = open) {
    this.path = path
    this.number = number
    this.length = length
    this.#openFile = openFile
  }

  /**
   * Writes behind what is there, and makes the file where it is not there yet. When it fails nothing
   * of it stays, unless `spoilt` is set.
   */
  async append(buffers: readonly Buffer[], fsync: boolean): Promise<void> {
    const file = await this.#opened(() => this.#openOrMake(fsync))
    const size = buffers.reduce((sum, { length }) => sum + length, 0)
    try {
      await writeAll(file, buffers, this.length)
      if (fsync) await file.datasync()
    } catch (error) {
      await file.truncate(this.length).catch(() => void (this.spoilt = true))
      throw error
    }
    this.length += size
  }

  /** Sets the state of the record at `offset`. One byte: it is written, or it is not. */
  async mark(offset: number, state: number): Promise<void> {
    const file = await this.#opened()
    await file.write(Buffer.of(state), 0, 1, offset + STATE_AT)
  }

  /** The body of the record at `offset`; shorter when the file is. */
  async body(offset: number, bytes: number): Promise<Buffer> {
    const file = await this.#opened()
    const buffer = Buffer.allocUnsafeSlow(bytes)
    let filled = 0
    while (filled < bytes) {
      const at = offset + HEADER_BYTES + filled
      const { bytesRead } = await file.read(buffer, filled, bytes - filled, at)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  }

  /** Empties it. */
  async empty(): Promise<void> {
    const file = await this.#opened()
    await file.truncate(0)
    this.length = 0
  }

  /** Ends its use for now; what is under way is waited for. */
  async close(): Promise<void> {
    const opened = this.#file
    this.#file = undefined
    const file = await opened?.catch(() => undefined)
    await file?.close()
  }

  /** Deletes the file. */
  async remove(): Promise<void> {
    await this.close()
    await unlink(this.path)
    this.length = 0
  }

  #opened(how: () => Promise<FileHandle> = () => this.#open('r+')): Promise<FileHandle> {
    if (this.#file) return this.#file
    const file = how()
    this.#file = file
    // The next use tries again.
    file.catch(() => this.#file === file && (this.#file = undefined))
    return file
  }

  async #openOrMake(fsync: boolean): Promise<FileHandle> {
    try {
      return await this.#open('r+')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    const file = await this.#open('wx+')
    if (fsync) await syncFolder(dirname(this.path))
    return file
  }

  #open(flags: string): Promise<FileHandle> {
    return this.#openFile(this.path, flags, FILE_MODE)
  }
}

/** A new file is found after a crash of the machine only when its folder is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writeAll(
  file: FileHandle,
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  const { bytesWritten } = await file.writev(buffers, position)
  const size = buffers.reduce((sum, { length }) => sum + length, 0)
  if (bytesWritten === size) return
  // A disk that is full takes a part, and says so at the next write.
  const rest = Buffer.concat(buffers).subarray(bytesWritten)
  for (let at = 0; at < rest.length;) {
    const { bytesWritten: more } = await file.write(
      rest,
      at,
      rest.length - at,
      position + bytesWritten + at,
    )
    at += more
  }
}
