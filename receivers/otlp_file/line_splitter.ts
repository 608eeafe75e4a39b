/** A line without its end. */
export interface Line {
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

  /** Takes the bytes that follow; gives the lines that end in them. Copies what it keeps. */
  *take(bytes: Buffer): Generator<Line> {
    for (let from = 0; from < bytes.length;) {
      const found = bytes.indexOf(NEWLINE, from)
      const next = found < 0 ? bytes.length : found + 1
      this.#keep(bytes.subarray(from, found < 0 ? next : found))
      this.#at += next - from
      from = next
      if (found >= 0) yield* this.#close()
    }
  }

  /** What stands behind the last line break. */
  *rest(): Generator<Line> {
    if (this.#length > 0 && !this.#skipping) yield* this.#close()
  }

  #keep(bytes: Buffer): void {
    if (this.#skipping) return
    this.#length += bytes.length
    if (this.#length <= this.#maxBytes) {
      if (bytes.length > 0) this.#parts.push(Buffer.from(bytes))
      return
    }
    this.tooLong++
    this.#parts = []
    this.#skipping = true
  }

  *#close(): Generator<Line> {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)
    const skipped = this.#skipping
    this.#parts = []
    this.#length = 0
    this.#skipping = false
    if (!skipped) yield { bytes, end: this.#at }
  }
}
