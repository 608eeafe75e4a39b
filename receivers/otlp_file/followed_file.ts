import type { BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { LineSplitter, type Line } from './line_splitter.ts'

/** What is kept of a file to know it again, and where reading goes on. */
export interface FileMark {
  /** Device and inode. */
  readonly id: string
  readonly offset: number
  /** Its first bytes, in base64: another file may get the same inode. */
  readonly head: string
}

/** So many of a file's first bytes tell it from others. */
const HEAD_BYTES = 1000

/** Takes the lines of a file one after the other; resolves when more may come. */
export type TakeLine = (line: Line, file: FollowedFile) => Promise<void>

/** The name of a file that stays when it is renamed. */
export function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

/** An open file that is read as it grows, also when it has got another name. */
export class FollowedFile {
  readonly path: string
  readonly id: string
  readonly #handle: FileHandle
  readonly #maxLineBytes: number
  #splitter: LineSplitter
  #head: Buffer
  #done: number
  /** Ends of lines that were handed on, in their order, and whether somebody has answered for them. */
  readonly #open: { end: number; settled: boolean }[] = []
  /** Changes when the file is read from its beginning again. */
  #round = 0

  private constructor(path: string, id: string, handle: FileHandle, maxLineBytes: number) {
    this.path = path
    this.id = id
    this.#handle = handle
    this.#maxLineBytes = maxLineBytes
    this.#splitter = new LineSplitter(maxLineBytes, 0, false)
    this.#head = Buffer.alloc(0)
    this.#done = 0
  }

  /**
   * Opens a file at its beginning, at its end, or where a mark of it says. Rejects where it cannot be
   * opened; undefined where it is another file by now.
   */
  static async open(
    path: string,
    id: string,
    from: 'beginning' | 'end' | FileMark,
    maxLineBytes: number,
  ): Promise<FollowedFile | undefined> {
    const handle = await open(path, 'r')
    const stats = await handle.stat({ bigint: true })
    if (idOf(stats) !== id || !stats.isFile()) {
      await handle.close()
      return undefined
    }
    const file = new FollowedFile(path, id, handle, maxLineBytes)
    await file.#begin(from, Number(stats.size))
    return file
  }

  /** Where to go on after a restart: behind the last line before which all were answered for. */
  get mark(): FileMark {
    return { id: this.id, offset: this.#done, head: this.#head.toString('base64') }
  }

  /** Lines that were longer than allowed, since the last time that somebody asked. */
  takeTooLong(): number {
    const { tooLong } = this.#splitter
    this.#splitter.tooLong = 0
    return tooLong
  }

  /**
   * Reads what is new. True where the file was emptied or written anew, and is read from its beginning.
   * @param buffer is used for the bytes
   */
  async read(buffer: Buffer, take: TakeLine, isStopped: () => boolean): Promise<boolean> {
    const anew = await this.#isAnew()
    if (anew) this.#restart()
    while (!isStopped()) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#splitter.at)
      if (bytesRead === 0) break
      await this.#noteHead()
      for (const line of this.#splitter.take(buffer.subarray(0, bytesRead))) {
        if (isStopped()) break
        await this.#hand(line, take)
      }
    }
    return anew
  }

  /** Hands on what stands behind the last line break, when nothing more can come. */
  async readRest(take: TakeLine): Promise<void> {
    for (const line of this.#splitter.rest()) await this.#hand(line, take)
  }

  /** A line that `read` gave was answered for. */
  settle(end: number, round: number): void {
    if (round !== this.#round) return
    const entry = this.#open.find((one) => one.end === end && !one.settled)
    if (entry) entry.settled = true
    while (this.#open[0]?.settled) this.#done = (this.#open.shift() as { end: number }).end
  }

  /** Tells lines of before a restart of the file from those after. */
  get round(): number {
    return this.#round
  }

  /** Ends the use. */
  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #hand(line: Line, take: TakeLine): Promise<void> {
    this.#open.push({ end: line.end, settled: false })
    await take(line, this)
  }

  async #begin(from: 'beginning' | 'end' | FileMark, size: number): Promise<void> {
    this.#head = await this.#readHead()
    if (from === 'beginning') return
    if (from === 'end') return this.#jump(size, size > 0 && !(await this.#isLineEnd(size)))
    const head = Buffer.from(from.head, 'base64')
    const isSame = this.#head.subarray(0, head.length).equals(head)
    if (isSame && from.offset <= size) this.#jump(from.offset, false)
  }

  #jump(to: number, skipFirst: boolean): void {
    this.#done = to
    this.#splitter = new LineSplitter(this.#maxLineBytes, to, skipFirst)
  }

  #restart(): void {
    this.#round++
    this.#open.length = 0
    this.#head = Buffer.alloc(0)
    this.#jump(0, false)
  }

  async #isAnew(): Promise<boolean> {
    const { size } = await this.#handle.stat()
    if (size < this.#splitter.at) return true
    if (this.#head.length === 0) return false
    const head = await this.#readHead()
    return !head.subarray(0, this.#head.length).equals(this.#head)
  }

  async #noteHead(): Promise<void> {
    if (this.#head.length < HEAD_BYTES) this.#head = await this.#readHead()
  }

  async #readHead(): Promise<Buffer> {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await this.#handle.read(head, 0, HEAD_BYTES, 0)
    return head.subarray(0, bytesRead)
  }

  async #isLineEnd(size: number): Promise<boolean> {
    const last = Buffer.alloc(1)
    await this.#handle.read(last, 0, 1, size - 1)
    return last[0] === 10
  }
}
