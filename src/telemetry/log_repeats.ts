import type { LogEntry } from './recent_log.ts'

/** How lines that repeat are left out; the Collector's `logs.sampling`. */
export interface RepeatLimits {
  /** The time in which they are counted, in milliseconds. */
  readonly tick: number
  /** So many of the same component and sentence are written in it, ... */
  readonly initial: number
  /** ... and then one of so many; 0: none. */
  readonly thereafter: number
}

/** Runs `callback` after `ms` milliseconds, unless the returned function is called first. */
export type After = (ms: number, callback: () => void) => () => void

/** A component and a sentence that more than one line had. */
export interface LeftOut {
  readonly level: number
  readonly component: string
  readonly message: string
  /** How many lines were left out. */
  readonly times: number
}

interface Repeated {
  readonly entry: LogEntry
  seen: number
  leftOut: number
}

/** More sentences than this in one tick are not sentences, but have something in them. */
const MAX_SENTENCES = 1_000

/** Leaves out lines that repeat, and says how many when their time is over. */
export class LogRepeats {
  readonly #limits: RepeatLimits
  readonly #after: After
  readonly #say: (leftOut: LeftOut) => void
  readonly #sentences = new Map<string, Repeated>()
  #cancel: (() => void) | undefined

  /** @param say is told of each sentence of which lines were left out, once for each tick */
  constructor(limits: RepeatLimits, say: (leftOut: LeftOut) => void, after: After = afterUnref) {
    this.#limits = limits
    this.#say = say
    this.#after = after
  }

  /** Whether a line is written. */
  admits(entry: LogEntry): boolean {
    const key = `${entry.level} ${entry.component} ${entry.message}`
    const known = this.#sentences.get(key) ?? { entry, seen: 0, leftOut: 0 }
    if (this.#sentences.size < MAX_SENTENCES) this.#sentences.set(key, known)
    this.#cancel ??= this.#after(this.#limits.tick, () => this.flush())
    if (this.#isWritten(++known.seen)) return true
    known.leftOut++
    return false
  }

  /** Says what was left out so far, and begins anew. */
  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const all = [...this.#sentences.values()]
    this.#sentences.clear()
    for (const { entry, leftOut: times } of all) {
      const { level, component, message } = entry
      if (times > 0) this.#say({ level, component, message, times })
    }
  }

  #isWritten(nth: number): boolean {
    const { initial, thereafter } = this.#limits
    if (nth <= initial) return true
    return thereafter > 0 && (nth - initial) % thereafter === 0
  }
}

/** A timer for which the process does not stay alive. */
function afterUnref(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms).unref()
  return () => clearTimeout(timer)
}
