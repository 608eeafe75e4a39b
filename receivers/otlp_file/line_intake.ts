import type { Subject } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { Episode } from '../../src/helpers/episode.ts'
import { Sleepers } from '../../src/helpers/sleepers.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'
import { readRequest, requestFromJson, type Signal } from '../../src/pdata/otlp_request.ts'
import type { FollowedFile } from './followed_file.ts'
import type { Line } from './line_splitter.ts'

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
const MAX_LINES = 1024
const MAX_BYTES = 64 * 1024 * 1024
/** What was refused is offered again after so long, unless whoever refused it says otherwise. */
const RETRY_MS = 1_000

/** Why lines were skipped. */
export type SkipReason = 'malformed' | 'too_long'

/** Makes batches of lines, and waits when the pipelines have enough of them. */
export class LineIntake {
  readonly #settings: Settings
  readonly #batches: Subject<Batch>
  readonly #isKept: boolean
  readonly #sleepers: Sleepers
  readonly #episode: Episode
  readonly #skipped: Record<SkipReason, number> = { malformed: 0, too_long: 0 }
  readonly #running = new Set<Promise<void>>()
  #lines = 0
  #bytes = 0
  #problem = ''
  #stopped = false

  /** @param isKept whether somebody remembers which lines nobody has answered for */
  constructor(settings: Settings, batches: Subject<Batch>, isKept: boolean, clock: Clock) {
    this.#settings = settings
    this.#batches = batches
    this.#isKept = isKept
    this.#sleepers = new Sleepers(clock)
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
    while (this.#isFull && !this.#stopped) await Promise.race(this.#running)
    if (this.#stopped) return
    const work = this.#deliver(request.signal, request.body, line.bytes.length).then((isOver) => {
      if (isOver) file.settle(line.end, round)
      this.#running.delete(work)
    })
    this.#running.add(work)
  }

  /** Counts lines that were skipped before they came here. */
  skip(reason: SkipReason, count: number, problem: string): void {
    if (count === 0) return
    this.#skipped[reason] += count
    this.#problem = problem
    this.#episode.add(count)
  }

  /** Resolves when all that was taken is answered for. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** Takes nothing more, and offers nothing again. */
  stop(): void {
    this.#stopped = true
    this.#sleepers.wakeAll()
  }

  /** Ends what it says in the log. */
  end(): void {
    this.#episode.end()
  }

  get #isFull(): boolean {
    return this.#lines >= MAX_LINES || this.#bytes >= MAX_BYTES
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
      this.skip('malformed', 1, `${path}: line at byte ${Math.max(0, at)}: ${error.message}`)
      return undefined
    }
  }

  /** True when somebody has answered for the line. */
  async #deliver(signal: Signal, body: Buffer, bytes: number): Promise<boolean> {
    this.#lines++
    this.#bytes += bytes
    const counters = this.#settings.counters.of(signal)
    let items = 0
    let outcome: Outcome
    for (;;) {
      const offered = this.#offer(signal, body)
      if (items === 0) counters.countIn((items = offered.items))
      outcome = await offered.outcome
      if (outcome.kind !== 'refused' || this.#stopped) break
      counters.refuse(outcome.reason, items)
      await this.#sleepers.sleep(outcome.afterMs ?? RETRY_MS)
      if (this.#stopped) break
    }
    this.#lines--
    this.#bytes -= bytes
    return this.#count(outcome, items, counters)
  }

  #count(outcome: Outcome, items: number, counters: Settings['counters']): boolean {
    if (outcome.kind === 'accepted') counters.countOut(items)
    else if (outcome.kind === 'refused' && this.#isKept) counters.countIn(-items)
    else counters.drop(outcome.reason, items)
    return outcome.kind !== 'refused'
  }

  #offer(signal: Signal, body: Buffer): { items: number; outcome: Promise<Outcome> } {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const batch = readRequest(signal, body, new Delivery(resolve))
    if (batch.itemCount === 0) resolve({ kind: 'accepted' })
    else this.#batches.next(batch)
    return { items: batch.itemCount, outcome: promise }
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
