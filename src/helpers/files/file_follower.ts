import { glob, stat } from 'node:fs/promises'
import { describeError } from '../../component/errors.ts'
import type { Settings } from '../../component/settings.ts'
import type { Clock } from '../clock.ts'
import { Checkpoint } from './checkpoint.ts'
import { FollowedFile, idOf, isSameHead, type FileMark, type LineTaker } from './followed_file.ts'
import { RotatedNames } from './rotated_names.ts'

/** So much is read at once. */
const CHUNK_BYTES = 256 * 1024
/** So many files that are gone are remembered: one may come again under another name, compressed. */
const MAX_GONE = 100
/** By so many first bytes a file is known that has another inode. */
const TELLING_BYTES = 200

/** Which files are read, and how. */
export interface FollowOptions {
  /** Paths or patterns. */
  readonly include: readonly string[]
  readonly exclude?: readonly string[]
  /** Where files are read from that are there at the start and are not known from before. */
  readonly startAt: 'beginning' | 'end'
  /** How often files are looked at, in milliseconds. */
  readonly pollMs: number
  /** Reads all once, from their beginning to their end, and follows none. */
  readonly once: boolean
  /** Also reads what the files were called before; see `RotatedNames`. */
  readonly rotated: boolean
  readonly maxLineBytes: number
  readonly maxFiles: number
  /** Id of a storage extension that keeps where reading ended. */
  readonly storage?: string | undefined
}

/** What becomes of what is read. */
export interface FollowTaker extends LineTaker {
  /** Lines were skipped for their length. */
  tooLong(count: number, path: string): void
  /** Resolves when all that was taken is answered for. */
  settled(): Promise<void>
}

interface Found {
  readonly path: string
  readonly id: string
  readonly changedMs: bigint
  /** It has been renamed, so that nothing more will be written to it. */
  readonly isRotated: boolean
}

/** Reads the lines of files, once or as they come. */
export class FileFollower {
  /** Files that were emptied, and read anew. */
  restarts = 0
  readonly #settings: Settings
  readonly #options: FollowOptions
  readonly #taker: FollowTaker
  readonly #clock: Clock
  readonly #onAllRead: () => void
  readonly #files = new Map<string, FollowedFile>()
  /** Files that were read to their end, and lines of theirs that nobody has answered for yet. */
  readonly #ended = new Set<FollowedFile>()
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  readonly #failed = new Set<string>()
  readonly #rotatedNames = new RotatedNames()
  /** Files that were read to their end and are there still, by their id. */
  readonly #done = new Map<string, { readonly path: string; readonly mark: FileMark }>()
  /** Files of before the start, and those that are gone: an inode may be another file's by now. */
  #former: FileMark[] = []
  #checkpoint: Checkpoint | undefined
  #isFirst = true
  #stopped = false
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined

  /** @param onAllRead with `once`, runs when all was read and answered for */
  constructor(
    settings: Settings,
    options: FollowOptions,
    taker: FollowTaker,
    clock: Clock,
    onAllRead: () => void = () => {},
  ) {
    this.#settings = settings
    this.#options = options
    this.#taker = taker
    this.#clock = clock
    this.#onAllRead = onAllRead
  }

  /** How many files are open. */
  get files(): number {
    return this.#files.size
  }

  /** Begins to read. Rejects where the storage cannot be had. */
  async start(): Promise<void> {
    const { storage, once } = this.#options
    if (this.#stopped) return
    if (storage !== undefined) {
      this.#checkpoint = await Checkpoint.open(this.#settings, storage)
      const marks = await this.#checkpoint.read()
      if (marks && !once) {
        this.#former = marks
        this.#isFirst = false
      }
    }
    if (this.#stopped) await this.#checkpoint?.close()
    else this.#wait(0)
  }

  /** Reads nothing more; resolves when nothing is being read. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#running
  }

  /** After `stop`: keeps where reading ended, and closes all. */
  async close(): Promise<void> {
    await this.#keep()
    await Promise.all([...this.#files.values()].map((file) => file.close()))
    this.#files.clear()
    await this.#checkpoint?.close()
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#running = this.#poll().catch((error: unknown) => {
        this.#settings.log.error({ err: error }, 'Files could not be read, this is a bug.')
      })
    })
  }

  async #poll(): Promise<void> {
    const { once, pollMs } = this.#options
    const found = await this.#list()
    if (this.#isFirst && found.length === 0) this.#warnOfNone()
    await this.#open(found)
    const growing = new Set(found.filter((one) => !one.isRotated).map(({ id }) => id))
    for (const file of this.#files.values()) {
      if (this.#stopped) return
      await this.#read(file)
      if (!this.#stopped && (once || !growing.has(file.id))) await this.#finish(file)
    }
    if (once && this.#isOver(found)) return this.#allRead()
    this.#forget(found)
    await this.#keep()
    this.#isFirst = false
    if (!this.#stopped) this.#wait(pollMs)
  }

  /** A path may be mistyped, or its file still to come. */
  #warnOfNone(): void {
    const { include, once } = this.#options
    this.#settings.log.warn({ include }, once ? 'No file matches.' : 'No file matches yet.')
  }

  /** The files that there are, those that were changed longest ago first, each behind what it was before. */
  async #list(): Promise<Found[]> {
    const { include, exclude = [], rotated } = this.#options
    const found = new Map<string, Found>()
    for await (const path of glob(include, { exclude })) await add(found, path, false)
    const growing = [...found.values()].toSorted(
      (a, b) => Number(a.changedMs - b.changedMs) || (a.path < b.path ? -1 : 1),
    )
    if (!rotated) return growing
    const all = new Map<string, Found>()
    for (const one of growing) {
      for (const path of await this.#rotatedNames.of(one.path)) await add(all, path, true)
    }
    for (const one of growing) if (!all.has(one.id)) all.set(one.id, one)
    return [...all.values()]
  }

  async #open(found: readonly Found[]): Promise<void> {
    for (const one of found) {
      if (this.#files.size >= this.#options.maxFiles) return
      if (this.#files.has(one.id) || this.#isDone(one)) continue
      try {
        await this.#openOne(one)
        this.#failed.delete(one.path)
      } catch (error) {
        this.#complain(one.path, error)
      }
    }
  }

  async #openOne({ path, id, isRotated }: Found): Promise<void> {
    const from = this.#from(id, isRotated)
    const file = await FollowedFile.open(path, id, from, this.#options.maxLineBytes)
    if (!file) return
    const known = isRotated ? this.#known(file) : undefined
    // Its rest is being read under its former name.
    if (known === 'being read') return file.close()
    this.#former = this.#former.filter((mark) => !this.#isReplaced(mark, file))
    if (known === 'read' || (from === 'end' && (isRotated || path.endsWith('.gz')))) {
      this.#done.set(id, { path, mark: { ...file.mark, done: true } })
      return file.close()
    }
    this.#files.set(id, file)
  }

  /** What is told of a file itself from now on; an inode alone says that only where none is renamed. */
  #isReplaced(mark: FileMark, file: FollowedFile): boolean {
    if (!this.#options.rotated) return mark.id === file.id
    return isMarkOf(mark, file) || (mark.id === file.id && isSameHead(headOf(file), mark))
  }

  #from(id: string, isRotated: boolean): readonly FileMark[] | 'beginning' | 'end' {
    const { startAt, once } = this.#options
    if (once) return 'beginning'
    if (isRotated && !this.#isFirst) return this.#former.filter(canTell)
    const marks = this.#former.filter((mark) => mark.id === id)
    if (marks.length > 0) return marks
    return this.#isFirst ? startAt : 'beginning'
  }

  /** Whether a file was read under another name, which may be another inode, too, when it was compressed. */
  #known(file: FollowedFile): 'read' | 'being read' | undefined {
    const isIt = (mark: FileMark): boolean => isMarkOf(mark, file)
    if ([...this.#files.values(), ...this.#ended].some(({ mark }) => isIt(mark))) {
      return 'being read'
    }
    const done = [...this.#done.values()].map(({ mark }) => mark)
    return [...done, ...this.#former].some((mark) => mark.done && isIt(mark)) ? 'read' : undefined
  }

  /** Files that were read to their end are not opened again. */
  #isDone({ id, path }: Found): boolean {
    return this.#done.get(id)?.path === path || [...this.#ended].some((file) => file.id === id)
  }

  #isOver(found: readonly Found[]): boolean {
    return found.every((one) => this.#isDone(one) || this.#failed.has(one.path))
  }

  async #read(file: FollowedFile): Promise<void> {
    try {
      const isAnew = await file.read(this.#buffer, this.#taker, () => this.#stopped)
      if (isAnew) {
        this.restarts++
        this.#settings.log.warn({ path: file.path }, 'File was emptied, reading it anew.')
      }
      this.#taker.tooLong(file.takeTooLong(), file.path)
      this.#failed.delete(file.path)
    } catch (error) {
      this.#complain(file.path, error)
    }
  }

  /** What has no line break yet will never have one. */
  async #finish(file: FollowedFile): Promise<void> {
    await file.readRest(this.#taker)
    this.#files.delete(file.id)
    this.#ended.add(file)
    await file.close()
  }

  /** Remembers what is there still, and where files are rotated some of what is gone. */
  #forget(found: readonly Found[]): void {
    const paths = new Map(found.map(({ id, path }) => [id, path]))
    for (const file of this.#ended) {
      if (!file.isSettled) continue
      this.#ended.delete(file)
      const { id } = file
      this.#done.set(id, { path: paths.get(id) ?? '', mark: { ...file.mark, done: true } })
    }
    for (const [id, { path, mark }] of this.#done) {
      if (paths.get(id) === path) continue
      this.#done.delete(id)
      if (this.#options.rotated) this.#former.push(mark)
    }
    if (this.#options.rotated) this.#former = this.#former.slice(-MAX_GONE)
  }

  async #allRead(): Promise<void> {
    await this.#taker.settled()
    if (this.#stopped) return
    this.#settings.log.info('All files were read.')
    this.#onAllRead()
  }

  async #keep(): Promise<void> {
    if (this.#options.once || !this.#checkpoint) return
    await this.#checkpoint.write(this.#allMarks())
  }

  #allMarks(): FileMark[] {
    const ended = [...this.#ended].map((file) => ({
      ...file.mark,
      ...(file.isSettled && { done: true }),
    }))
    return [
      ...this.#former,
      ...[...this.#done.values()].map(({ mark }) => mark),
      ...ended,
      ...[...this.#files.values()].map(({ mark }) => mark),
    ]
  }

  /** Once for each file, until it can be read. */
  #complain(path: string, error: unknown): void {
    if (this.#failed.has(path)) return
    this.#failed.add(path)
    this.#settings.log.error({ path, error: describeError(error) }, 'Cannot read a file.')
  }
}

/** A shorter beginning may be that of another file as well. */
function canTell({ head }: FileMark): boolean {
  return Buffer.byteLength(head, 'base64') >= TELLING_BYTES
}

function isMarkOf(mark: FileMark, file: FollowedFile): boolean {
  return canTell(mark) && isSameHead(headOf(file), mark)
}

function headOf({ mark }: FollowedFile): Buffer {
  return Buffer.from(mark.head, 'base64')
}

async function add(found: Map<string, Found>, path: string, isRotated: boolean): Promise<void> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined)
  if (!stats?.isFile()) return
  const id = idOf(stats)
  if (!found.has(id)) found.set(id, { path, id, changedMs: stats.mtimeMs, isRotated })
}
