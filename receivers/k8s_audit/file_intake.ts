import type { Subject } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { FollowTaker } from '../../src/helpers/files/file_follower.ts'
import type { FollowedFile } from '../../src/helpers/files/followed_file.ts'
import type { Line } from '../../src/helpers/files/line_splitter.ts'
import { Offering } from '../../src/helpers/offering.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { LogRecord } from '../../src/pdata/logs.ts'
import { auditLogs } from './audit_logs.ts'
import { CriJoiner, criLine } from './cri.ts'
import type { EventReader } from './event_reader.ts'
import type { Tally } from './tally.ts'

/** So much may be in the pipelines at the same time; then reading waits. */
const LIMITS = { works: 64, bytes: 32 * 1024 * 1024 }
/** A batch is handed on when it has so much, and whenever nothing more is there. */
const BATCH = { records: 1024, bytes: 1024 * 1024 }

/** What a file intake is made of. */
export interface FileIntakeOptions {
  readonly settings: Settings
  readonly batches: Subject<Batch>
  readonly reader: EventReader
  readonly tally: Tally
  readonly clock: Clock
  readonly maxLineBytes: number
  /** Whether somebody remembers which lines nobody has answered for. */
  readonly isKept: boolean
}

/** Makes batches of the lines of files, and lets reading wait when the pipelines have enough of them. */
export class FileIntake implements FollowTaker {
  readonly #options: FileIntakeOptions
  readonly #offering: Offering
  readonly #joiners = new WeakMap<FollowedFile, Parts>()
  #records: LogRecord[] = []
  #ends: number[] = []
  #bytes = 0
  #isBegun = false

  constructor(options: FileIntakeOptions) {
    this.#options = options
    const { settings, batches, isKept, clock } = options
    this.#offering = new Offering(settings, batches, isKept, LIMITS, clock)
  }

  take(line: Line, file: FollowedFile): Promise<void> | void {
    if (!this.#isBegun) this.#begin()
    const before = this.#records.length
    const waiting = this.#read(line, file)
    if (waiting === undefined) return
    if (this.#records.length === before) {
      for (const end of waiting) file.settle(end, file.round)
      return
    }
    this.#ends.push(...waiting)
    this.#bytes += line.bytes.length
    const { records, bytes } = BATCH
    if (this.#records.length >= records || this.#bytes >= bytes) return this.pause(file)
  }

  async pause(file: FollowedFile): Promise<void> {
    this.#options.tally.flush()
    this.#isBegun = false
    if (this.#records.length === 0) return
    const [records, ends, bytes, { round }] = [this.#records, this.#ends, this.#bytes, file]
    this.#records = []
    this.#ends = []
    this.#bytes = 0
    if (await this.#offering.room()) return
    const { version } = this.#options.settings
    const make = (delivery: Batch['delivery']): Batch => auditLogs(records, delivery, version)
    this.#offering.add({ kind: 'logs', bytes, make }, () => {
      for (const end of ends) file.settle(end, round)
    })
  }

  tooLong(count: number): void {
    if (count > 0) this.#options.tally.malformed('too_long', count)
  }

  settled(): Promise<void> {
    return this.#offering.settled()
  }

  /** Offers nothing again. */
  stop(): void {
    this.#offering.stop()
  }

  #begin(): void {
    this.#isBegun = true
    this.#options.reader.begin()
  }

  /** The ends of the lines that were read with this one; undefined while parts of it are missing. */
  #read({ bytes, end }: Line, file: FollowedFile): readonly number[] | undefined {
    const { reader, tally } = this.#options
    const cri = criLine(bytes)
    if (!cri) {
      reader.read(bytes, this.#records)
      return [end]
    }
    const parts = this.#partsOf(file)
    parts.ends.push(end)
    const text = parts.joiner.add(cri)
    if (text === undefined) return undefined
    if (text === 'too_long') tally.malformed('too_long')
    else reader.read(text, this.#records, 'cri')
    return parts.ends.splice(0)
  }

  #partsOf(file: FollowedFile): Parts {
    const known = this.#joiners.get(file)
    if (known && known.round === file.round) return known
    const joiner = new CriJoiner(this.#options.maxLineBytes)
    const parts = { joiner, round: file.round, ends: [] }
    this.#joiners.set(file, parts)
    return parts
  }
}

/** Parts of a line, and where the lines end that they came in. */
interface Parts {
  readonly joiner: CriJoiner
  readonly round: number
  readonly ends: number[]
}
