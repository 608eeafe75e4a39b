/** A line without its end. */
export interface Line {
  /** Valid until whoever takes the line says that more may come. */
  readonly bytes: Buffer
  /** Where the next line begins, in bytes of the file. */
  readonly end: number
}

const NEWLINE = 10

/** Splits the bytes of a file, as they come, into lines, and keeps what has no end yet. */
export class LineSplitter {
  /** Lines that were longer than allowed. */
  tooLong = 0
  readonly #maxBytes: number
  #parts: Buffer[] = []
  #length = 0
  #skipping: boolean
  #at: number

  /**
   * @param at where in the file the first byte comes from
   * @param skipFirst whether it lies inside of a line, whose rest is nothing
   */
  constructor(maxBytes: number, at: number, skipFirst: boolean) {
    this.#maxBytes = maxBytes
    this.#at = at
    this.#skipping = skipFirst
  }

  /** Where the bytes that come next stand in the file. */
  get at(): number {
    return this.#at
  }

  /**
   * Takes the bytes that follow; gives the lines that end in them. Those that begin in them too are
   * no copies; what has no end yet is copied.
   */
  *take(bytes: Buffer): Generator<Line> {
    for (let from = 0; from < bytes.length;) {
      const found = bytes.indexOf(NEWLINE, from)
      const next = found < 0 ? bytes.length : found + 1
      const part = bytes.subarray(from, found < 0 ? next : found)
      this.#at += next - from
      from = next
      if (found < 0) this.#keep(part)
      else yield* this.#close(part)
    }
  }

  /** What stands behind the last line break. */
  *rest(): Generator<Line> {
    if (this.#length > 0) yield* this.#close(Buffer.alloc(0))
  }

  #keep(bytes: Buffer): void {
    if (this.#isTooLong(bytes) || bytes.length === 0) return
    this.#parts.push(Buffer.from(bytes))
  }

  /** Counts a line once, and forgets its parts. */
  #isTooLong(bytes: Buffer): boolean {
    if (this.#skipping) return true
    this.#length += bytes.length
    if (this.#length <= this.#maxBytes) return false
    this.tooLong++
    this.#parts = []
    this.#skipping = true
    return true
  }

  *#close(last: Buffer): Generator<Line> {
    const skipped = this.#isTooLong(last)
    const parts = this.#parts
    this.#parts = []
    this.#length = 0
    this.#skipping = false
    if (skipped) return
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last])
    yield { bytes, end: this.#at }
  }
}
