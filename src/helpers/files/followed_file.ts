import type { BigIntStats } from 'node:fs'
import { open } from 'node:fs/promises'
import { GzipSource, PlainSource, type ByteSource } from './byte_source.ts'
import { LineSplitter, type Line } from './line_splitter.ts'

/** What is kept of a file to know it again, and where reading goes on. */
export interface FileMark {
  /** Device and inode. */
  readonly id: string
  readonly offset: number
  /** Its first bytes, in base64: another file may get the same inode. */
  readonly head: string
  /** True where nothing is left to read, and nothing more will be written. */
  readonly done?: boolean
}

/** So many of a file's first bytes tell it from others. */
const HEAD_BYTES = 1000

/** Who takes the lines of files. Where a promise is returned, more comes when it has resolved. */
export interface LineTaker {
  /** The next line. */
  take(line: Line, file: FollowedFile): Promise<void> | void
  /** There are no more lines for now, or none before the memory of those is used again. */
  pause?(file: FollowedFile): Promise<void> | void
}

/** The name of a file that stays when it is renamed. */
export function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

/** Whether a file that begins as `mark` says may be the one that begins with `head`. */
export function isSameHead(head: Buffer, mark: FileMark): boolean {
  const known = Buffer.from(mark.head, 'base64')
  return head.subarray(0, known.length).equals(known)
}

/** An open file that is read as it grows, also when it has got another name. */
export class FollowedFile {
  readonly path: string
  readonly id: string
  readonly #source: ByteSource
  readonly #maxLineBytes: number
  #splitter: LineSplitter
  #head: Buffer
  #done: number
  /** Ends of lines that were handed on, in their order, and whether somebody has answered for them. */
  readonly #open: { end: number; settled: boolean }[] = []
  /** Changes when the file is read from its beginning again. */
  #round = 0

  private constructor(path: string, id: string, source: ByteSource, maxLineBytes: number) {
    this.path = path
    this.id = id
    this.#source = source
    this.#maxLineBytes = maxLineBytes
    this.#splitter = new LineSplitter(maxLineBytes, 0, false)
    this.#head = Buffer.alloc(0)
    this.#done = 0
  }

  /**
   * Opens a file at its beginning, at its end, or where one of the marks says that begins as it does.
   * One whose name ends in `.gz` is read without its compression, and has no end to begin at. Rejects
   * where it cannot be opened; undefined where it is another file by now.
   */
  static async open(
    path: string,
    id: string,
    from: 'beginning' | 'end' | readonly FileMark[],
    maxLineBytes: number,
  ): Promise<FollowedFile | undefined> {
    const handle = await open(path, 'r')
    const stats = await handle.stat({ bigint: true })
    if (idOf(stats) !== id || !stats.isFile()) {
      await handle.close()
      return undefined
    }
    const isPlain = !path.endsWith('.gz')
    if (!isPlain) await handle.close()
    const source = isPlain ? new PlainSource(handle) : new GzipSource(path)
    const file = new FollowedFile(path, id, source, maxLineBytes)
    try {
      await file.#begin(from, isPlain ? Number(stats.size) : Number.POSITIVE_INFINITY)
      return file
    } catch (error) {
      await source.close()
      throw error
    }
  }

  /** Where to go on after a restart: behind the last line before which all were answered for. */
  get mark(): FileMark {
    return { id: this.id, offset: this.#done, head: this.#head.toString('base64') }
  }

  /** True when all that was handed on was answered for. */
  get isSettled(): boolean {
    return this.#open.length === 0
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
  async read(buffer: Buffer, taker: LineTaker, isStopped: () => boolean): Promise<boolean> {
    const anew = await this.#isAnew()
    if (anew) this.#restart()
    while (!isStopped()) {
      const length = await this.#source.read(buffer, this.#splitter.at)
      if (length === 0) break
      await this.#noteHead()
      for (const line of this.#splitter.take(buffer.subarray(0, length))) {
        if (isStopped()) break
        const taken = this.#hand(line, taker)
        if (taken) await taken
      }
      await taker.pause?.(this)
    }
    return anew
  }

  /** Hands on what stands behind the last line break, when nothing more can come. */
  async readRest(taker: LineTaker): Promise<void> {
    for (const line of this.#splitter.rest()) await this.#hand(line, taker)
    await taker.pause?.(this)
  }

  /** A line that `read` gave was answered for. */
  settle(end: number, round: number): void {
    if (round !== this.#round) return
    const last = this.#open.at(-1)
    const entry = last?.end === end ? last : this.#open.find((one) => one.end === end)
    if (entry) entry.settled = true
    this.#join()
    while (this.#open[0]?.settled) this.#done = (this.#open.shift() as { end: number }).end
  }

  /** Tells lines of before a restart of the file from those after. */
  get round(): number {
    return this.#round
  }

  /** Ends the use. */
  async close(): Promise<void> {
    await this.#source.close()
  }

  #hand(line: Line, taker: LineTaker): Promise<void> | void {
    this.#open.push({ end: line.end, settled: false })
    return taker.take(line, this)
  }

  /** One entry for many lines that were answered for behind one that was not. */
  #join(): void {
    const [before, last] = [this.#open.at(-2), this.#open.at(-1)]
    if (before?.settled && last?.settled) this.#open.splice(-2, 1)
  }

  async #begin(from: 'beginning' | 'end' | readonly FileMark[], size: number): Promise<void> {
    this.#head = await this.#readHead()
    if (from === 'beginning' || (from === 'end' && size === Number.POSITIVE_INFINITY)) return
    if (from === 'end') return this.#jump(size, size > 0 && !(await this.#isLineEnd(size)))
    const mark = from.find((one) => one.offset <= size && isSameHead(this.#head, one))
    if (mark) this.#jump(mark.offset, false)
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
    if ((await this.#source.size()) < this.#splitter.at) return true
    if (this.#head.length === 0 || this.#source instanceof GzipSource) return false
    const head = await this.#readHead()
    return !head.subarray(0, this.#head.length).equals(this.#head)
  }

  async #noteHead(): Promise<void> {
    if (this.#head.length < HEAD_BYTES && this.#source instanceof PlainSource) {
      this.#head = await this.#readHead()
    }
  }

  async #readHead(): Promise<Buffer> {
    const head = Buffer.alloc(HEAD_BYTES)
    return head.subarray(0, await this.#source.read(head, 0))
  }

  async #isLineEnd(size: number): Promise<boolean> {
    const last = Buffer.alloc(1)
    await this.#source.read(last, size - 1)
    return last[0] === 10
  }
}
