import { skipBlanks, trimEnd } from './http_head.ts'
import { type Parent, readTraceparent } from './traceparent.ts'

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const COLON = 0x3a
/** Bytes of a value of version 00. */
const USUAL_LENGTH = 55

/** The header's name with what stands before and behind it, in lower case. */
const NAME = Buffer.from('\ntraceparent:')
const LAST = NAME.length - 1

/**
 * How far the place where the name may end can move on, for each byte that stands there now (search
 * of Boyer, Moore and Horspool): a head is read in steps of about ten bytes.
 */
const STEPS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
  const at = NAME.lastIndexOf(lower, LAST - 1)
  return at === -1 ? NAME.length : LAST - at
})

/**
 * Reads the `traceparent` of the head that stands from `start` up to `end`, as `readHead` and
 * `readTraceparent` do, and looks for nothing else in it. Returns false, with `into` spoilt, where
 * there is none that is valid.
 */
export function findTraceparent(bytes: Buffer, start: number, end: number, into: Parent): boolean {
  let at = start + LAST
  while (at < end) {
    const byte = bytes[at] as number
    // Only the first one counts.
    if (byte === COLON && hasName(bytes, at - LAST)) return readValue(bytes, at + 1, end, into)
    at += STEPS[byte] as number
  }
  return false
}

function hasName(bytes: Buffer, from: number): boolean {
  for (let i = LAST - 1; i >= 0; i--) {
    const byte = bytes[from + i] as number
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (lower !== NAME[i]) return false
  }
  return true
}

function readValue(bytes: Buffer, from: number, end: number, into: Parent): boolean {
  const usualEnd = from + 1 + USUAL_LENGTH
  if (usualEnd + 1 < end && bytes[usualEnd] === CR && bytes[usualEnd + 1] === LF) {
    // A blank, the value and the end of the line: nothing has to be looked for.
    if (bytes[from] === SPACE && readTraceparent(bytes, from + 1, usualEnd, into)) return true
  }
  let stop = from
  while (stop < end && bytes[stop] !== LF) stop++
  if (stop === end) return false
  const value = skipBlanks(bytes, from, stop)
  return readTraceparent(bytes, value, trimEnd(bytes, value, stop), into)
}
