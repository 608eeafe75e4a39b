const COLON = 0x3a

/** Finds a header by its name, and looks for nothing else in a head. */
export class HeaderSearch {
  /** The name with what stands before and behind it, in lower case. */
  readonly #name: Buffer
  readonly #last: number
  /**
   * How far the place where the name may end can move on, for each byte that stands there now (search
   * of Boyer, Moore and Horspool): a head is read in steps of about ten bytes.
   */
  readonly #steps: Uint8Array

  /** @param name in lower case */
  constructor(name: string) {
    this.#name = Buffer.from(`\n${name}:`)
    this.#last = this.#name.length - 1
    this.#steps = Uint8Array.from({ length: 256 }, (_, byte) => {
      const at = this.#name.lastIndexOf(inLowerCase(byte), this.#last - 1)
      return at === -1 ? this.#name.length : this.#last - at
    })
  }

  /** Where the value of the first such header begins in the bytes from `start` up to `end`, or -1. */
  find(bytes: Buffer, start: number, end: number): number {
    const steps = this.#steps
    let at = start + this.#last
    while (at < end) {
      const byte = bytes[at] as number
      if (byte === COLON && this.#isName(bytes, at - this.#last)) return at + 1
      at += steps[byte] as number
    }
    return -1
  }

  #isName(bytes: Buffer, from: number): boolean {
    const name = this.#name
    for (let i = this.#last - 1; i >= 0; i--) {
      if (inLowerCase(bytes[from + i] as number) !== name[i]) return false
    }
    return true
  }
}

function inLowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}
