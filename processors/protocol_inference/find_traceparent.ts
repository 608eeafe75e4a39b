import { HeaderSearch } from './header_search.ts'
import { skipBlanks, trimEnd } from './http_head.ts'
import { type Parent, readTraceparent } from './traceparent.ts'

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
/** Bytes of a value of version 00. */
const USUAL_LENGTH = 55

const TRACEPARENT = new HeaderSearch('traceparent')

/**
 * Reads the `traceparent` of the head that stands from `start` up to `end`, as `readHead` and
 * `readTraceparent` do, and looks for nothing else in it. Returns false, with `into` spoilt, where
 * there is none that is valid.
 */
export function findTraceparent(bytes: Buffer, start: number, end: number, into: Parent): boolean {
  // Only the first one counts.
  const from = TRACEPARENT.find(bytes, start, end)
  return from !== -1 && readValue(bytes, from, end, into)
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
