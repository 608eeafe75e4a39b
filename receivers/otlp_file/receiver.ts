import { glob, stat } from 'node:fs/promises'
import { Subject, type Observable } from 'rxjs'
import type { Receiver } from '../../src/component/component.ts'
import { describeError } from '../../src/component/errors.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { within } from '../../src/helpers/within.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Checkpoint } from './checkpoint.ts'
import type { OtlpFileConfig } from './config.ts'
import { FollowedFile, idOf, type FileMark } from './followed_file.ts'
import { LineIntake } from './line_intake.ts'

const MIB = 1024 * 1024
/** So much is read at once. */
const CHUNK_BYTES = 256 * 1024
/** How long the pipelines may take at the end for what was read, in milliseconds. */
const SETTLE_MS = 5_000

interface Found {
  readonly path: string
  readonly id: string
  readonly changedMs: bigint
}

/** Reads the lines of files, once or as they come. */
export class OtlpFileReceiver implements Receiver {
  readonly #settings: Settings
  readonly #config: OtlpFileConfig
  readonly #clock: Clock
  readonly #batches = new Subject<Batch>()
  readonly #intake: LineIntake
  readonly #files = new Map<string, FollowedFile>()
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  readonly #failed = new Set<string>()
  #marks = new Map<string, FileMark>()
  #checkpoint: Checkpoint | undefined
  #isFirst = true
  #restarts = 0
  #stopped = false
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined
  #ending: Promise<void> | undefined

  constructor(settings: Settings, config: OtlpFileConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#config = config
    this.#clock = clock
    this.#intake = new LineIntake(settings, this.#batches, config.storage !== undefined, clock)
    this.#register()
  }

  get batches$(): Observable<Batch> {
    return this.#batches
  }

  async start(): Promise<void> {
    const { storage } = this.#config
    if (this.#stopped) return
    if (storage !== undefined) {
      this.#checkpoint = await Checkpoint.open(this.#settings, storage)
      const marks = await this.#checkpoint.read()
      if (marks && !this.#config.replay_file) {
        this.#marks = new Map(marks.map((mark) => [mark.id, mark]))
        this.#isFirst = false
      }
    }
    if (this.#stopped) await this.#checkpoint?.close()
    else this.#wait(0)
  }

  shutdown(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    this.#intake.stop()
    await this.#running
    this.#batches.complete()
    await within(this.#clock, SETTLE_MS, this.#intake.settled())
    await this.#keep()
    await Promise.all([...this.#files.values()].map((file) => file.close()))
    this.#files.clear()
    await this.#checkpoint?.close()
    this.#intake.end()
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#running = this.#poll().catch((error: unknown) => {
        this.#settings.log.error({ err: error }, 'Files could not be read, this is a bug.')
      })
    })
  }

  async #poll(): Promise<void> {
    const found = await this.#list()
    await this.#open(found)
    const present = new Set(found.map(({ id }) => id))
    for (const file of this.#files.values()) {
      if (this.#stopped) return
      await this.#read(file)
      if (!present.has(file.id) || this.#config.replay_file) await this.#finish(file)
    }
    if (this.#config.replay_file && this.#isOver(found)) return this.#replayed()
    await this.#keep()
    this.#isFirst = false
    if (!this.#stopped) this.#wait(this.#config.poll_interval)
  }

  /** The files that there are, those that were changed longest ago first. */
  async #list(): Promise<Found[]> {
    const found = new Map<string, Found>()
    const { include, exclude } = this.#config
    for await (const path of glob(include, { exclude })) {
      const stats = await stat(path, { bigint: true }).catch(() => undefined)
      if (!stats?.isFile()) continue
      const id = idOf(stats)
      if (!found.has(id)) found.set(id, { path, id, changedMs: stats.mtimeMs })
    }
    return [...found.values()].toSorted(
      (a, b) => Number(a.changedMs - b.changedMs) || (a.path < b.path ? -1 : 1),
    )
  }

  async #open(found: readonly Found[]): Promise<void> {
    for (const { path, id } of found) {
      if (this.#files.size >= this.#config.max_concurrent_files) return
      if (this.#files.has(id) || this.#isDone(id)) continue
      try {
        const maxBytes = this.#config.max_line_size_mib * MIB
        const file = await FollowedFile.open(path, id, this.#from(id), maxBytes)
        if (file) this.#files.set(id, file)
        this.#failed.delete(path)
      } catch (error) {
        this.#complain(path, error)
      }
    }
  }

  #from(id: string): FileMark | 'beginning' | 'end' {
    const mark = this.#marks.get(id)
    if (mark) return mark
    const { start_at, replay_file } = this.#config
    return this.#isFirst && start_at === 'end' && !replay_file ? 'end' : 'beginning'
  }

  /** Files that were replayed are not opened again. */
  #isDone(id: string): boolean {
    return this.#config.replay_file && this.#marks.has(id)
  }

  #isOver(found: readonly Found[]): boolean {
    return found.every(({ id, path }) => this.#isDone(id) || this.#failed.has(path))
  }

  async #read(file: FollowedFile): Promise<void> {
    try {
      const isAnew = await file.read(this.#buffer, this.#intake.take, () => this.#stopped)
      if (isAnew) {
        this.#restarts++
        this.#settings.log.warn({ path: file.path }, 'File was emptied, reading it anew.')
      }
      this.#skipTooLong(file)
      this.#failed.delete(file.path)
    } catch (error) {
      this.#complain(file.path, error)
    }
  }

  #skipTooLong(file: FollowedFile): void {
    const problem = `${file.path}: a line of more than ${this.#config.max_line_size_mib} MiB`
    this.#intake.skip('too_long', file.takeTooLong(), problem)
  }

  /** What has no line break yet will never have one. */
  async #finish(file: FollowedFile): Promise<void> {
    await file.readRest(this.#intake.take)
    this.#files.delete(file.id)
    this.#marks.delete(file.id)
    if (this.#config.replay_file) this.#marks.set(file.id, file.mark)
    await file.close()
  }

  async #replayed(): Promise<void> {
    await this.#intake.settled()
    if (!this.#stopped) this.#settings.log.info('All files were read.')
  }

  async #keep(): Promise<void> {
    if (this.#config.replay_file || !this.#checkpoint) return
    for (const file of this.#files.values()) this.#marks.set(file.id, file.mark)
    await this.#checkpoint.write([...this.#marks.values()])
  }

  /** Once for each file, until it can be read. */
  #complain(path: string, error: unknown): void {
    if (this.#failed.has(path)) return
    this.#failed.add(path)
    this.#settings.log.error({ path, error: describeError(error) }, 'Cannot read a file.')
  }

  #register(): void {
    const { meter } = this.#settings
    const files = { name: 'waggle.otlp_file.files', description: 'Files that are followed.' }
    meter.gauge({ ...files, unit: '{file}' }, (observe) => observe(this.#files.size))
    const name = 'waggle.otlp_file.restarts'
    const description = 'Files that were emptied, and read anew.'
    meter.counter({ name, description, unit: '{file}' }, (observe) => observe(this.#restarts))
  }
}
