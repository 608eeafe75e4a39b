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

/** What a byte is to `levelEnd`: most are nothing, which one look tells. */
const [NOTHING, STRING, OPENS] = [0, 1, 2]
const MEANING = new Uint8Array(256)
MEANING[QUOTE] = STRING
MEANING[OPEN_BRACE] = MEANING[OPEN_BRACKET] = OPENS
MEANING[CLOSE_BRACE] = MEANING[CLOSE_BRACKET] = 3

/** The position behind the bracket that closes the object or list inside of which `at` is, or -1. */
export function levelEnd(bytes: Uint8Array, at: number, end: number): number {
  let depth = 1
  for (let i = at; i < end; i++) {
    const meaning = MEANING[bytes[i] as number] as number
    if (meaning === NOTHING) continue
    if (meaning === STRING) {
      i++
      for (; i < end; i++) {
        const inner = bytes[i] as number
        if (inner === QUOTE) break
        if (inner === BACKSLASH) i++
      }
    } else if (meaning === OPENS) depth++
    else if (--depth === 0) return i + 1
  }
  return -1
}

/**
 * The position behind the list at `at` where two native searches tell that, or -1: a list without
 * another bracket in it ends at the first one that closes a list. That one stands in no string where the
 * next quote has a letter behind it: it would end that string, and no letter follows the end of one.
 */
export function flatListEnd(bytes: Buffer, at: number, end: number): number {
  const close = bytes.indexOf(CLOSE_BRACKET, at + 1)
  if (close < 0 || close >= end) return -1
  const inner = bytes.indexOf(OPEN_BRACKET, at + 1)
  if (inner > 0 && inner < close) return -1
  let i = close + 1
  while (isClosing(bytes[i] as number)) i++
  return i + 1 < end && bytes[i] === QUOTE && isLetter(bytes[i + 1] as number) ? close + 1 : -1
}

function isClosing(byte: number): boolean {
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === COMMA
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

/** True where the bytes at `at` are those of `word`. */
export function isWordAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  return true
}
