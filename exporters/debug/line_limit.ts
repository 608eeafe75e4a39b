import { countText } from './text.ts'
import type { Output } from './output.ts'
import type { Paint } from './paint.ts'

const SECOND_MS = 1_000

/**
 * Lets so many lines through in each second, and says at its end how many more there were. A second
 * begins with the first line after a quiet one. Lines that the output cannot take count as more.
 */
export class LineLimit {
  readonly #perSecond: number
  readonly #output: Output
  readonly #paint: Paint
  #left: number
  #skipped = 0
  #skippedSeconds = 0
  #timer: NodeJS.Timeout | undefined

  /** @param perSecond lines in a second; 0 lets none through and says nothing */
  constructor(perSecond: number, output: Output, paint: Paint) {
    this.#perSecond = perSecond
    this.#left = perSecond
    this.#output = output
    this.#paint = paint
  }

  /** True when a line may be printed now; it then counts as printed. */
  take(): boolean {
    if (this.#left === 0 || !this.#output.ready) return false
    this.#left--
    this.#begin()
    return true
  }

  /** Counts items for which `take` said no. */
  skip(items: number): void {
    if (items === 0 || this.#perSecond === 0) return
    this.#skipped += items
    this.#begin()
  }

  /** Ends the running second: says what was left out. */
  close(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#sayMore()
  }

  #begin(): void {
    this.#timer ??= setInterval(() => this.#endSecond(), SECOND_MS).unref()
  }

  #endSecond(): void {
    if (this.#left === this.#perSecond && this.#skipped === 0) return this.close()
    this.#left = this.#perSecond
    this.#sayMore()
  }

  #sayMore(): void {
    if (this.#skipped === 0) return
    this.#skippedSeconds++
    if (!this.#output.ready) return
    const seconds = this.#skippedSeconds
    const when = seconds === 1 ? 'this second' : `the last ${seconds} seconds`
    const line = `… ${countText(this.#skipped)} more in ${when}`
    this.#output.write(`${this.#paint('faint', line)}\n`)
    this.#skipped = 0
    this.#skippedSeconds = 0
  }
}
