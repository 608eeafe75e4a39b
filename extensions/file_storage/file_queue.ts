import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describeError } from '../../src/component/errors.ts'
import { StorageFull, Unreadable } from '../../src/component/storage.ts'
import type {
  StorableRequest,
  StorageFacts,
  StoredEntry,
  StoredQueue,
} from '../../src/component/storage.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { LockHeld, lockFile } from './lock.ts'
import { HEADER_BYTES, headerOf, STATE } from './record.ts'
import { Segment, type OpenFile } from './segment.ts'
import { findSegments, makeFolder, segmentPath, type Found } from './segment_files.ts'

/** A segment of this size gets no more records: the next one begins. */
const SEGMENT_BYTES = 16 * 1024 * 1024
/** The last segment is emptied when it has nothing to keep and is at least this large. */
const EMPTIED_BYTES = 1024 * 1024
/** Errors of a disk or a quota that is full. */
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** How a queue is opened. */
export interface FileQueueOptions {
  /** The folder of the queue; it need not be there. */
  readonly folder: string
  /** Permissions of the folder. */
  readonly mode: number
  /** How long to wait for another process to end its use, in milliseconds. */
  readonly lockTimeoutMs: number
  readonly fsync: boolean
  readonly log: Logger
  readonly segmentBytes?: number
  readonly openFile?: OpenFile
  /** Called when it is not used any more. */
  readonly onClosed?: () => void
}

interface FileEntry extends StoredEntry {
  readonly segment: Segment
  /** Where its record begins. */
  readonly offset: number
  readonly bodyCrc: number
  dispatched: boolean
}

interface Put {
  readonly requests: readonly StorableRequest[]
  readonly resolve: (entries: readonly StoredEntry[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * A queue in a folder of numbered files. Records are only appended; that one is being sent, or is
 * done, is one byte in its header. A file without records to keep is deleted, so room is given back
 * without copying. All that came while the last write was going on is one write. Everything runs on
 * libuv's threads: a disk that stalls stalls no pipeline.
 */
export class FileQueue implements StoredQueue {
  readonly recovered: readonly StoredEntry[]
  readonly #options: FileQueueOptions
  readonly #damaged: number
  readonly #unlock: () => void
  readonly #segments = new Set<Segment>()
  #head: Segment
  #puts: Put[] = []
  #writing: Promise<void> | undefined
  #closed: Promise<void> | undefined

  /** Opens what is in a folder. Rejects with `LockHeld` when another process uses it. */
  static async open(options: FileQueueOptions): Promise<FileQueue> {
    const { folder, mode, log, openFile } = options
    await makeFolder(folder, mode).catch((error: unknown) => complain(log, folder, error))
    const unlock = await locked(options)
    try {
      const found = await findSegments(folder, log, openFile).catch((error: unknown) => {
        complain(log, folder, error)
        return { segments: [], damaged: 0, next: 1 }
      })
      const queue = new FileQueue(options, found, unlock)
      await queue.#deleteSpent()
      return queue
    } catch (error) {
      unlock()
      throw error
    }
  }

  private constructor(options: FileQueueOptions, found: Found, unlock: () => void) {
    this.#options = options
    this.#damaged = found.damaged
    this.#unlock = unlock
    this.recovered = found.segments.flatMap(({ segment, scan }) => {
      this.#segments.add(segment)
      const kept = scan.records.filter(({ header }) => header.state !== STATE.done)
      segment.live = kept.length
      return kept.map(({ header, offset }): FileEntry => {
        const { items, bytes, bodyCrc, state } = header
        return { items, bytes, bodyCrc, segment, offset, dispatched: state === STATE.dispatched }
      })
    })
    this.#head = this.#newSegment(found.next)
  }

  get facts(): StorageFacts {
    let bytes = 0
    for (const { length } of this.#segments) bytes += length
    return { bytes, damaged: this.#damaged }
  }

  put(requests: readonly StorableRequest[]): Promise<readonly StoredEntry[]> {
    if (this.#closed) return Promise.reject(new Error('storage is closed'))
    const { promise, resolve, reject } = Promise.withResolvers<readonly StoredEntry[]>()
    this.#puts.push({ requests, resolve, reject })
    this.#write()
    return promise
  }

  async read(entry: StoredEntry): Promise<Buffer> {
    const { segment, offset, bytes, bodyCrc } = entry as FileEntry
    const body = await segment.body(offset, bytes)
    if (body.length === bytes && crc32(body) === bodyCrc) return body
    throw new Unreadable(`${segment.path} is damaged at byte ${offset}`)
  }

  async dispatch(entries: readonly StoredEntry[]): Promise<void> {
    const fresh = (entries as readonly FileEntry[]).filter(({ dispatched }) => !dispatched)
    for (const entry of fresh) entry.dispatched = true
    await Promise.all(fresh.map(({ segment, offset }) => segment.mark(offset, STATE.dispatched)))
  }

  async remove(entries: readonly StoredEntry[]): Promise<void> {
    await Promise.all((entries as readonly FileEntry[]).map((entry) => this.#remove(entry)))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    await this.#writing
    try {
      await this.#deleteSpent(true)
      await Promise.all([...this.#segments].map((segment) => segment.close()))
    } finally {
      this.#unlock()
      this.#options.onClosed?.()
    }
  }

  async #remove({ segment, offset }: FileEntry): Promise<void> {
    await segment.mark(offset, STATE.done)
    segment.live--
    if (segment.live > 0) return
    if (segment === this.#head) this.#write()
    else await this.#delete(segment)
  }

  /** Begins to write what waits, unless that is going on. */
  #write(): void {
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    do {
      const puts = this.#puts
      this.#puts = []
      try {
        await this.#tidyHead()
        if (puts.length > 0) await this.#append(puts)
      } catch (error) {
        const cause = error as NodeJS.ErrnoException
        const reason = FULL.has(cause.code) ? new StorageFull(cause.message, { cause }) : cause
        for (const { reject } of puts) reject(reason)
      }
    } while (this.#puts.length > 0)
    this.#writing = undefined
  }

  async #append(puts: readonly Put[]): Promise<void> {
    const segment = this.#head
    const buffers: Buffer[] = []
    let offset = segment.length
    const entries = puts.map(({ requests }) =>
      requests.map(({ body, items }, i): FileEntry => {
        const header = headerOf(body, items, i < requests.length - 1)
        const bodyCrc = header.readUInt32LE(16)
        const entry = { items, bytes: body.length, segment, offset, bodyCrc, dispatched: false }
        buffers.push(header, body)
        offset += HEADER_BYTES + body.length
        return entry
      }),
    )
    const { folder, mode, fsync } = this.#options
    try {
      if (segment.length === 0) await makeFolder(folder, mode)
      await segment.append(buffers, fsync)
    } catch (error) {
      if (segment.spoilt) await this.#nextSegment()
      throw error
    }
    puts.forEach(({ requests, resolve }, i) => {
      segment.live += requests.length
      resolve(entries[i] as FileEntry[])
    })
  }

  /** Gives the room of the last segment back, or begins another one. */
  async #tidyHead(): Promise<void> {
    const { live, length } = this.#head
    const { segmentBytes = SEGMENT_BYTES } = this.#options
    if (live === 0 && length >= Math.min(EMPTIED_BYTES, segmentBytes)) await this.#head.empty()
    else if (length >= segmentBytes) await this.#nextSegment()
  }

  async #nextSegment(): Promise<void> {
    const full = this.#head
    this.#head = this.#newSegment(full.number + 1)
    if (full.live === 0) await this.#delete(full)
    else await full.close()
  }

  #newSegment(number: number): Segment {
    const { folder, openFile } = this.#options
    const segment = new Segment(segmentPath(folder, number), number, 0, openFile)
    this.#segments.add(segment)
    return segment
  }

  async #deleteSpent(alsoHead = false): Promise<void> {
    for (const segment of this.#segments) {
      if (segment.live === 0 && (alsoHead || segment !== this.#head)) await this.#delete(segment)
    }
  }

  /** A file that cannot be deleted is found at the next start, with all its records marked. */
  async #delete(segment: Segment): Promise<void> {
    this.#segments.delete(segment)
    await segment.remove().catch(() => {})
  }
}

/** Full, or not to be written to: what was kept is still sent, and each `put` says what is wrong. */
function complain(log: Logger, folder: string, error: unknown): void {
  log.error({ folder, error: describeError(error) }, 'Storage cannot be used as it should.')
}

async function locked({ folder, lockTimeoutMs, log }: FileQueueOptions): Promise<() => void> {
  try {
    return await lockFile(join(folder, 'lock'), lockTimeoutMs)
  } catch (error) {
    if (error instanceof LockHeld) throw error
    const fields = { folder, error: describeError(error) }
    log.warn(fields, 'Storage cannot be locked, another process might use it too.')
    return () => {}
  }
}
