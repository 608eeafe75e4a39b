/**
 * Looks for several words at once in bytes. It compares only where the two bytes at which the
 * shortest word could end fit one of the words, and else skips as far as none can begin (the method
 * of Wu and Manber), which in a head of HTTP is most of its length.
 */
export class ByteSearch {
  readonly #words: readonly Buffer[]
  /** How far to go on from two bytes, by a hash of them; 0 where a word may end. */
  readonly #skip = new Uint8Array(1 << 12)
  readonly #length: number

  /** @param words at least two bytes each */
  constructor(words: readonly string[]) {
    this.#words = words.map((word) => Buffer.from(word))
    this.#length = Math.min(...this.#words.map((word) => word.length), 255)
    this.#skip.fill(this.#length - 1)
    for (const word of this.#words) this.#note(word)
  }

  #note(word: Buffer): void {
    for (let i = 0; i + 1 < this.#length; i++) {
      const at = hashOf(word[i] as number, word[i + 1] as number)
      this.#skip[at] = Math.min(this.#skip[at] as number, this.#length - 2 - i)
    }
  }

  /** Where the first of the words begins at or after `from` and ends by `end`; -1 where none does. */
  find(bytes: Uint8Array, from: number, end: number): number {
    const skips = this.#skip
    const last = this.#length - 2
    for (let at = from + last; at + 1 < end;) {
      const skip = skips[hashOf(bytes[at] as number, bytes[at + 1] as number)] as number
      if (skip > 0) at += skip
      else if (this.#stands(bytes, at - last, end)) return at - last
      else at++
    }
    return -1
  }

  #stands(bytes: Uint8Array, at: number, end: number): boolean {
    for (const word of this.#words) if (startsWith(bytes, at, end, word)) return true
    return false
  }
}

function hashOf(a: number, b: number): number {
  return (a ^ (b << 4)) & 0xfff
}

/** Whether `word` stands at `at` and ends by `end`. */
export function startsWith(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}
