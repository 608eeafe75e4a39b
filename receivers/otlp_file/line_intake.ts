import type { Subject } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { Episode } from '../../src/helpers/episode.ts'
import { Offering } from '../../src/helpers/offering.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Delivery } from '../../src/pdata/delivery.ts'
import { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'
import { readRequest, requestFromJson, type Signal } from '../../src/pdata/otlp_request.ts'
import type { FollowedFile } from '../../src/helpers/files/followed_file.ts'
import type { FollowTaker } from '../../src/helpers/files/file_follower.ts'
import type { Line } from '../../src/helpers/files/line_splitter.ts'

/** What a line begins with, by its signal. */
const SIGNALS: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceMetrics: 'metrics',
  resourceLogs: 'logs',
}
/** The first name in a line of JSON. */
const FIRST_KEY = /^\s*\{\s*"([^"]*)"/
/** So far into a line its first name is looked for. */
const KEY_BYTES = 256

/** So much may be in the pipelines at the same time; then reading waits. */
const LIMITS = { works: 1024, bytes: 64 * 1024 * 1024 }

/** Why lines were skipped. */
export type SkipReason = 'malformed' | 'too_long'

/** Makes batches of lines, and waits when the pipelines have enough of them. */
export class LineIntake implements FollowTaker {
  readonly #settings: Settings
  readonly #offering: Offering
  readonly #tooLongProblem: string
  readonly #episode: Episode
  readonly #skipped: Record<SkipReason, number> = { malformed: 0, too_long: 0 }
  #problem = ''

  /**
   * @param isKept whether somebody remembers which lines nobody has answered for
   * @param maxLineMib for the message of a line that is longer
   */
  constructor(
    settings: Settings,
    batches: Subject<Batch>,
    isKept: boolean,
    maxLineMib: number,
    clock: Clock,
  ) {
    this.#settings = settings
    this.#offering = new Offering(settings, batches, isKept, LIMITS, clock)
    this.#tooLongProblem = `a line of more than ${maxLineMib} MiB`
    const { log } = settings
    const lines = {
      begins: () => log.warn({ problem: this.#problem }, 'Skipping lines that cannot be read.'),
      ends: (count: number) => log.info({ lines: count }, 'Lines can be read again.'),
    }
    this.#episode = new Episode(lines, { clock })
    this.#register()
  }

  /** Takes a line; resolves when there is room for the next one. */
  readonly take = async (line: Line, file: FollowedFile): Promise<void> => {
    const { round } = file
    const request = this.#requestOf(line, file)
    if (!request) return file.settle(line.end, round)
    const bytes = line.bytes.length
    if (await this.#offering.room()) return
    const { signal, body } = request
    const make = (delivery: Delivery): Batch => readRequest(signal, body, delivery)
    this.#offering.add({ kind: signal, bytes, make }, () => file.settle(line.end, round))
  }

  tooLong(count: number, path: string): void {
    this.#skip('too_long', count, `${path}: ${this.#tooLongProblem}`)
  }

  settled(): Promise<void> {
    return this.#offering.settled()
  }

  /** Takes nothing more, and offers nothing again. */
  stop(): void {
    this.#offering.stop()
  }

  /** Ends what it says in the log. */
  end(): void {
    this.#episode.end()
  }

  #skip(reason: SkipReason, count: number, problem: string): void {
    if (count === 0) return
    this.#skipped[reason] += count
    this.#problem = problem
    this.#episode.add(count)
  }

  #requestOf(
    { bytes, end }: Line,
    { path }: FollowedFile,
  ): { readonly signal: Signal; readonly body: Buffer } | undefined {
    if (isBlank(bytes)) return undefined
    try {
      const signal = signalOf(bytes)
      const body = requestFromJson(signal, bytes)
      this.#episode.calm()
      return { signal, body }
    } catch (error) {
      if (!(error instanceof MalformedOtlp)) throw error
      const at = end - bytes.length - 1
      this.#skip('malformed', 1, `${path}: line at byte ${Math.max(0, at)}: ${error.message}`)
      return undefined
    }
  }

  #register(): void {
    const name = 'waggle.otlp_file.skipped'
    const description = 'Lines that were skipped, by reason.'
    this.#settings.meter.counter({ name, description, unit: '{line}' }, (observe) => {
      for (const [reason, count] of Object.entries(this.#skipped)) observe(count, { reason })
    })
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < KEY_BYTES && bytes.toString('latin1').trim() === ''
}

function signalOf(bytes: Buffer): Signal {
  const head = bytes.toString('utf8', 0, KEY_BYTES)
  const [, key] = FIRST_KEY.exec(head) ?? []
  const signal = key === undefined ? undefined : SIGNALS[key]
  if (signal) return signal
  const found = JSON.stringify(head.slice(0, 40))
  throw new MalformedOtlp(
    `expected {"resourceSpans", {"resourceMetrics" or {"resourceLogs", found ${found}`,
    '',
  )
}
