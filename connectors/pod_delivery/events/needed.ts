import { skipSpace } from '../../../src/helpers/json_bytes.ts'
import { findCuts, type OutlineScan } from './json_outline.ts'

/** Longer texts are parsed as they are. */
const MAX_CHARS = 1024 * 1024
const FIRST_BYTES = 64 * 1024

let scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)

/**
 * The JSON text of a body without what nobody reads of it: a parser takes several times as long for
 * that as it takes to skip it.
 */
export function neededOf(json: string, outline: OutlineScan): string {
  if (json.length > MAX_CHARS || !json.isWellFormed()) return json
  if (scratch.length < json.length * 3) scratch = Buffer.allocUnsafeSlow(json.length * 3)
  const end = scratch.write(json)
  const cuts: number[] = []
  findCuts(scratch, skipSpace(scratch, 0, end), end, outline, cuts)
  if (cuts.length === 0) return json
  const length = closeUp(end, cuts)
  // Each character that is not of ASCII takes more bytes than one.
  return end === json.length
    ? scratch.toString('latin1', 0, length)
    : scratch.toString('utf8', 0, length)
}

/** Moves what is left together; returns how much that is. */
function closeUp(end: number, cuts: readonly number[]): number {
  let length = cuts[0] as number
  for (let i = 1; i < cuts.length; i += 2) {
    const from = cuts[i] as number
    const to = cuts[i + 1] ?? end
    scratch.copyWithin(length, from, to)
    length += to - from
  }
  return length
}
