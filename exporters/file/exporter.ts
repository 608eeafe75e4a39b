import { resolve } from 'node:path'
import { describeError } from '../../src/component/errors.ts'
import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { claim } from '../../src/helpers/claims.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { Episode } from '../../src/helpers/episode.ts'
import type { Batch, Kind } from '../../src/pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import type { FileConfig } from './config.ts'
import { serializerOf, type Serialize } from './format.ts'
import { RotatingFile } from './rotating_file.ts'

/** A write of this many bytes is worth making before `flush_interval` is over. */
const FLUSH_BYTES = 256 * 1024
/** When this many bytes wait, whoever brings more waits for the disk. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

interface Chunk {
  readonly bytes: Buffer
  readonly items: number
  readonly kind: Kind
}

/** Writes batches to a file. What it has accepted and not written is at most 4 MiB and one batch. */
export class FileExporter implements Exporter {
  readonly #config: FileConfig
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #serialize: Serialize
  readonly #file: RotatingFile
  readonly #drops: DropLog
  readonly #rotationFailures: Episode
  #rotationError = ''
  #waiting: Chunk[] = []
  #waitingBytes = 0
  #flushing: Promise<void> | undefined
  #cancelFlush: (() => void) | undefined
  #state: 'new' | 'open' | 'closed' = 'new'
  #giveBack = (): void => {}

  constructor(settings: Settings, config: FileConfig, clock: Clock = systemClock) {
    this.#config = config
    this.#settings = settings
    this.#clock = clock
    this.#serialize = serializerOf(config.format)
    this.#drops = new DropLog(settings.log, settings.counters, clock)
    this.#rotationFailures = this.#rotationEpisode()
    this.#file = new RotatingFile(config, { onRotationFailure: (e) => this.#notRotated(e) })
  }

  async start(): Promise<void> {
    this.#giveBack = claim(`the file ${JSON.stringify(resolve(this.#config.path))}`)
    await this.#file.open()
    this.#state = 'open'
  }

  async export(batch: Batch): Promise<Outcome> {
    if (this.#state !== 'open') return { kind: 'refused', reason: 'shutdown' }
    const bytes = this.#serialize(batch)
    const { kind, itemCount: items } = batch
    this.#settings.counters.of(kind).countIn(items)
    this.#waiting.push({ bytes, items, kind })
    this.#waitingBytes += bytes.length
    if (this.#config.flush_interval === 0) await this.#flush()
    else if (this.#waitingBytes < FLUSH_BYTES) this.#flushLater()
    else await this.#flushNow()
    return ACCEPTED
  }

  async shutdown(): Promise<void> {
    this.#state = 'closed'
    this.#cancelFlush?.()
    await this.#flush()
    await this.#file.close()
    this.#giveBack()
    this.#rotationFailures.end()
    this.#drops.end()
  }

  #flushLater(): void {
    this.#cancelFlush ??= this.#clock.after(this.#config.flush_interval, () => void this.#flush())
  }

  async #flushNow(): Promise<void> {
    const flushed = this.#flush()
    if (this.#waitingBytes >= MAX_WAITING_BYTES) await flushed
  }

  /** Resolves when all that waits now is written or given up. Never rejects. */
  async #flush(): Promise<void> {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    while (this.#flushing) await this.#flushing
    if (this.#waiting.length === 0) return
    this.#flushing = this.#writeWaiting()
    await this.#flushing
  }

  async #writeWaiting(): Promise<void> {
    const chunks = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const group of this.#groups(chunks)) await this.#write(group)
    this.#flushing = undefined
  }

  /** Chunks that go into one write: up to where the file is full. */
  *#groups(chunks: readonly Chunk[]): Generator<Chunk[]> {
    let group: Chunk[] = []
    let bytes = 0
    for (const chunk of chunks) {
      if (group.length > 0 && !this.#file.fits(bytes + chunk.bytes.length)) {
        yield group
        group = []
        bytes = 0
      }
      group.push(chunk)
      bytes += chunk.bytes.length
    }
    yield group
  }

  async #write(chunks: readonly Chunk[]): Promise<void> {
    try {
      await this.#file.write(Buffer.concat(chunks.map(({ bytes }) => bytes)))
    } catch (error) {
      const items = chunks.reduce((sum, chunk) => sum + chunk.items, 0)
      return this.#drops.drop('write_failed', items, { error: describeError(error) })
    }
    for (const { items, kind } of chunks) this.#settings.counters.of(kind).countOut(items)
    this.#rotationFailures.calm()
    this.#drops.calm()
  }

  #notRotated(error: unknown): void {
    this.#rotationError = describeError(error)
    this.#rotationFailures.add(1)
  }

  #rotationEpisode(): Episode {
    const { log } = this.#settings
    const lines = {
      begins: () => log.warn({ error: this.#rotationError }, 'Cannot rotate the file.'),
      ends: (failures: number) => log.info({ failures }, 'The file can be rotated again.'),
    }
    return new Episode(lines, { clock: this.#clock })
  }
}
