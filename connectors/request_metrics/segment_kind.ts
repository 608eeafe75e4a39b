/** What can be said of a segment of a path by its looks. */
export const SEGMENT = {
  /** It may be one of a few. */
  word: 0,
  /** It is one of very many: a number, an id, a date, an address. */
  value: 1,
  /** It is a file of a sort that pages load, such as scripts and images. */
  file: 2,
} as const

/**
 * What a byte counts as, six bits for each sort, so that the sums over a segment stand in one number.
 * Segments that are longer than those bits can count are values anyhow.
 */
const WEIGHT = {
  digit: 1,
  /** a to f in either case. */
  hex: 1 << 6,
  /** `-`, which ids in hexadecimal have between their parts. */
  dash: 1 << 12,
  /** Neither letter nor digit. */
  separator: 1 << 18,
  lower: 1 << 24,
} as const

/** The weight of a digit. */
export const DIGIT = WEIGHT.digit
/** The bit of what names of routes do not have: `%`, `=`, `,`, placeholders, what is not ASCII. */
export const FOREIGN = 1 << 31

/** The weight of each byte. */
export const WEIGHTS = Int32Array.from({ length: 256 }, (_, byte) => weightOf(byte))

function weightOf(byte: number): number {
  const char = String.fromCharCode(byte)
  if (byte >= 0x80 || '%=,;@*{}[]()<>"|\\^`'.includes(char)) return FOREIGN
  if (char === '-') return WEIGHT.dash + WEIGHT.separator
  if (/\d/.test(char)) return DIGIT
  if (/[a-f]/.test(char)) return WEIGHT.lower + WEIGHT.hex
  if (/[a-z]/.test(char)) return WEIGHT.lower
  if (/[A-F]/.test(char)) return WEIGHT.hex
  return /[A-Z]/.test(char) ? 0 : WEIGHT.separator
}

/** Longer ones are ids, or as good as. */
const LONGEST_WORD = 63

/**
 * True for what is one of very many: numbers, dates, UUIDs and other ids in hexadecimal, long base64,
 * mail addresses, what has characters that names of routes do not have. `v2`, `s3`, `oauth2` and
 * `my-post-about-2024` are words.
 * @param sums of the weights of its bytes
 * @param run digits that follow each other, at most
 */
export function isValue(length: number, sums: number, run: number): boolean {
  if (length > LONGEST_WORD) return true
  const digits = sums & 63
  const separators = (sums >> 18) & 63
  const lower = (sums >> 24) & 63
  const upper = length - digits - separators - lower
  if (isMixed(length, lower, upper)) return true
  if (digits === 0) return false
  if (digits + separators === length || run >= 5) return true
  if (digits >= 3 && digits * 2 >= length) return true
  return isHexId(length, digits, sums) || isRandom(length, digits, separators, lower * upper > 0)
}

/** `CfMkAGbEaivhFydEpaRafPuGWbmHfG`: cases mixed as in no word, not even `GetOrderByCustomerID`. */
function isMixed(length: number, lower: number, upper: number): boolean {
  return length >= 20 && upper * 3 >= length && lower * 3 >= length
}

/** `8f14e45f`, `550e8400-e29b-41d4-a716-446655440000`; `decade` and `face1` are words. */
function isHexId(length: number, digits: number, sums: number): boolean {
  const hex = (sums >> 6) & 63
  const dashes = (sums >> 12) & 63
  return length >= 6 && digits >= 2 && digits + hex + dashes === length
}

/** Letters and digits mixed as no word has them: ULIDs, keys, base64. */
function isRandom(length: number, digits: number, separators: number, mixed: boolean): boolean {
  if (length < 16 || digits < 3) return false
  return separators === 0 || (mixed && separators * 8 <= length)
}
