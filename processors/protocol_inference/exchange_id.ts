/*
 * Ids of an exchange from what both ends of its connection see alike: the sequence numbers of the
 * request's first byte and of the response's. Each id is a permutation of those 64 bits, keyed by
 * what the id is for, so two exchanges have the same id only if their numbers are the same.
 */

/** Keys of the permutations, one a use. Changing one changes every id. */
const TRACE_HIGH = 0x1b873593
const TRACE_LOW = 0xcc9e2d51
const SPAN_KEYS = {
  client: 0x2c1b3c6d,
  server: 0x297a2d39,
  'client, open': 0x38b34ae5,
  'server, open': 0x239b961b,
  'server, in queue': 0x561ccd1b,
  'server, processing': 0x0bcaa747,
} as const

/** What a span is about: the exchange as one end sees it, or a part of its time there. */
export type SpanSubject = keyof typeof SPAN_KEYS

/** An id's two halves, as signed 32-bit numbers. */
interface Halves {
  high: number
  low: number
}

/** The finaliser of MurmurHash3 (public domain): every input bit changes half of the output's. */
function mix(word: number): number {
  word ^= word >>> 16
  word = Math.imul(word, 0x85ebca6b)
  word ^= word >>> 13
  word = Math.imul(word, 0xc2b2ae35)
  return word ^ (word >>> 16)
}

/** A keyed permutation of 64 bits: four rounds of a Feistel network. */
function permute(a: number, b: number, key: number, into: Halves): void {
  a ^= mix(b + key)
  b ^= mix(a + Math.imul(key, 3))
  a ^= mix(b + Math.imul(key, 5))
  b ^= mix(a + Math.imul(key, 7))
  into.high = a | 0
  // An id of zeros alone means "none" (W3C Trace Context, OTLP).
  into.low = (a | b) === 0 ? 1 : b | 0
}

const scratch: Halves = { high: 0, low: 0 }

/** Writes the permutation of the exchange's 64 bits that `key` chooses. */
function writeHalf(
  requestSeq: number,
  responseSeq: number,
  key: number,
  into: Buffer,
  at: number,
): void {
  permute(requestSeq, responseSeq, key, scratch)
  writeWord(scratch.high, into, at)
  writeWord(scratch.low, into, at + 4)
}

function writeWord(word: number, into: Buffer, at: number): void {
  into[at] = word >>> 24
  into[at + 1] = word >>> 16
  into[at + 2] = word >>> 8
  into[at + 3] = word
}

/**
 * Writes the exchange's 16-byte trace id at the front of `into`. The sequence numbers are taken as
 * 32 bits, whatever their sign.
 */
export function writeTraceId(requestSeq: number, responseSeq: number, into: Buffer): void {
  writeHalf(requestSeq, responseSeq, TRACE_HIGH, into, 0)
  writeHalf(requestSeq, responseSeq, TRACE_LOW, into, 8)
}

/** The first 28 of the last 56 bits of the id that `writeTraceId` writes. */
export function traceRandomness(requestSeq: number, responseSeq: number): number {
  permute(requestSeq, responseSeq, TRACE_LOW, scratch)
  return ((scratch.high & 0xffffff) << 4) | (scratch.low >>> 28)
}

/**
 * Writes the 8-byte id of one of the exchange's spans at the front of `into`.
 * @param nth tells apart those about the same subject
 */
export function writeSpanId(
  requestSeq: number,
  responseSeq: number,
  subject: SpanSubject,
  into: Buffer,
  nth = 0,
): void {
  const key = SPAN_KEYS[subject] + Math.imul(nth, 0x9e3779b1)
  writeHalf(requestSeq, responseSeq, key, into, 0)
}
