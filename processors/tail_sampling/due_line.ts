import type { HeldTrace } from './held_trace.ts'

/** Entries at the front that are gone, before the rest is moved up. */
const COMPACT_AT = 1024

/** Traces in the order in which their time comes: all wait equally long. */
export class DueLine {
  #traces: HeldTrace[] = []
  #times: number[] = []
  #head = 0

  /** @param dueAt at or after that of all before */
  push(trace: HeldTrace, dueAt: number): void {
    this.#traces.push(trace)
    this.#times.push(dueAt)
  }

  /** The next trace that is not decided yet and due by then; undefined when there is none. */
  take(until: number): HeldTrace | undefined {
    for (;;) {
      const trace = this.#traces[this.#head]
      if (trace === undefined) return undefined
      if (!trace.done && (this.#times[this.#head] as number) > until) return undefined
      this.#head++
      if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#traces.length) this.#compact()
      if (!trace.done) return trace
    }
  }

  #compact(): void {
    this.#traces = this.#traces.slice(this.#head)
    this.#times = this.#times.slice(this.#head)
    this.#head = 0
  }
}
