/*
 * JSON as bytes, of which only what is needed is looked at. Positions run up to `end`, which is not part
 * of it; -1 says that it ended before its end.
 */

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d

/** The next position that is no white space. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at] as number
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
  return at
}

/** The position of the quote that ends the string whose first quote is at `at`, or -1. */
export function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) return i
    if (byte === BACKSLASH) i++
  }
  return -1
}

/** The position behind the value that begins at `at`, or -1. Brackets are counted and not compared. */
export function valueEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number
  if (first === QUOTE) {
    const last = stringEnd(bytes, at, end)
    return last < 0 ? -1 : last + 1
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return levelEnd(bytes, at + 1, end)
  let i = at
  while (i < end) {
    const byte = bytes[i] as number
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break
    i++
  }
  return i === at || i === end ? -1 : i
}

/** The position behind the bracket that closes the object or list inside of which `at` is, or -1. */
export function levelEnd(bytes: Uint8Array, at: number, end: number): number {
  let depth = 1
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      i++
      for (; i < end; i++) {
        const inner = bytes[i] as number
        if (inner === QUOTE) break
        if (inner === BACKSLASH) i++
      }
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === 0) return i + 1
    }
  }
  return -1
}

/** True where the bytes at `at` are those of `word`. */
export function isWordAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}
