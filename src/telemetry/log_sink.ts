import { consoleLine } from './log_console.ts'
import { LogRepeats, type After, type LeftOut, type RepeatLimits } from './log_repeats.ts'
import { entryOf, type RecentLog } from './recent_log.ts'

/** Where lines end up. */
export interface LogOutput {
  write(text: string): unknown
}

/** What a sink is made of. */
export interface LogSinkOptions {
  /** `console` for people, `json` for machines. */
  readonly encoding: 'console' | 'json'
  readonly out: LogOutput
  /** Keeps the latest warnings and errors. */
  readonly recent?: RecentLog | undefined
  /** Leaves out lines that repeat; all are written unless given. */
  readonly repeats?: RepeatLimits | undefined
  readonly after?: After
}

/** Takes pino's lines: keeps the latest that matter, leaves out what repeats, writes the others. */
export class LogSink {
  readonly #options: LogSinkOptions
  readonly #repeats: LogRepeats | undefined

  constructor(options: LogSinkOptions) {
    this.#options = options
    const { repeats, after } = options
    const say = (leftOut: LeftOut): void => this.#sayLeftOut(leftOut)
    this.#repeats = repeats && new LogRepeats(repeats, say, after)
  }

  /** One JSON line of pino's. */
  write(line: string): void {
    const { encoding, out, recent } = this.#options
    const entry = entryOf(line)
    // What cannot be read is written rather than lost.
    if (!entry) return void out.write(line)
    recent?.note(entry)
    if (this.#repeats && !this.#repeats.admits(entry)) return
    out.write(encoding === 'json' ? line : consoleLine(entry))
  }

  /** Says what was left out so far: for the end. */
  flush(): void {
    this.#repeats?.flush()
  }

  #sayLeftOut({ level, component, message, times }: LeftOut): void {
    const { encoding, out } = this.#options
    const time = new Date().toISOString()
    const fields = { sentence: message, times }
    const msg = 'Left out lines that repeat.'
    const entry = { time, level, component, message: msg, fields }
    const place = component === '' ? {} : { component }
    const line = `${JSON.stringify({ level, time, ...place, ...fields, msg })}\n`
    out.write(encoding === 'json' ? line : consoleLine(entry))
  }
}
