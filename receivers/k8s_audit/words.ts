/** More different words than this are not kept: names of kinds are few, whoever makes them up. */
const MAX_WORDS = 1024

/** Gives the same string for the same bytes, without making one each time. */
export class Words {
  readonly #known = new Map<number, { readonly bytes: Buffer; readonly text: string }>()

  /** The text of the bytes from `from` to `to`, which are JSON inside of its quotes. */
  at(bytes: Buffer, from: number, to: number): string {
    let hash = to - from
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
    const known = this.#known.get(hash)
    if (known && isSame(known.bytes, bytes, from, to)) return known.text
    const text = textOf(bytes, from, to)
    if (!known && this.#known.size < MAX_WORDS) {
      this.#known.set(hash, { bytes: Buffer.from(bytes.subarray(from, to)), text })
    }
    return text
  }
}

/** The text of a JSON string without its quotes. Throws where it is none. */
export function textOf(bytes: Buffer, from: number, to: number): string {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    if (byte === 0x5c || byte < 0x20)
      return JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string
  }
  return bytes.toString('utf8', from, to)
}

function isSame(word: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (word.length !== to - from) return false
  for (let i = 0; i < word.length; i++) if (word[i] !== bytes[from + i]) return false
  return true
}
