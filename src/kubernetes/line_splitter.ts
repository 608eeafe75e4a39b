const LINE_FEED = 0x0a

/** A line is longer than anybody would send on purpose. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
}

/** Cuts what comes in pieces into lines. */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that are complete with this piece, without their ends. Throws LineTooLong. */
  *push(piece: Buffer): Generator<Buffer, void> {
    let from = 0
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      this.#add(piece.subarray(from, end))
      from = end + 1
      yield this.#take()
    }
    this.#add(piece.subarray(from))
  }

  /** Bytes of a line whose end has not come. */
  get pending(): number {
    return this.#length
  }

  #add(piece: Buffer): void {
    if (piece.length === 0) return
    this.#length += piece.length
    if (this.#length > this.#maxBytes) {
      throw new LineTooLong(`a line of more than ${this.#maxBytes} bytes`)
    }
    this.#pieces.push(piece)
  }

  #take(): Buffer {
    const [first] = this.#pieces
    const line = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#length = 0
    return line
  }
}
