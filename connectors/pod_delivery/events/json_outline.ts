import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  flatListEnd,
  isWordAt,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  stringEnd,
  valueEnd,
} from '../../../src/helpers/json_bytes.ts'
import { SeenValues } from './seen_values.ts'

/** In place of what is below a key: a map or list there stays, without anything in it. */
export const EMPTIED = 'emptied'

/** In place of what is below a key: it is needed, and so is all that comes behind it. */
export const REST = 'rest'

/**
 * What of a JSON text is not needed, by the keys of a map; a list says it of each of its items. What is
 * not named here is needed.
 */
export type Outline =
  | typeof EMPTIED
  | typeof REST
  | readonly [Outline]
  | { readonly [key: string]: Outline }

/** An outline, ready for use. */
export interface OutlineScan {
  /** Where it is all emptied: values of it that were seen. */
  readonly emptied: SeenValues | undefined
  readonly isRest: boolean
  readonly items: OutlineScan | undefined
  /** By the length of the key. */
  readonly members: readonly (readonly OutlineMember[] | undefined)[]
}

interface OutlineMember {
  readonly key: Uint8Array
  readonly scan: OutlineScan
}

/** What is inside of shorter ones is not worth a cut. */
const LEAST_CUT = 16

/** Prepares an outline. */
export function outlineScan(outline: Outline): OutlineScan {
  return {
    emptied: outline === EMPTIED ? new SeenValues() : undefined,
    isRest: outline === REST,
    items: isList(outline) ? outlineScan(outline[0]) : undefined,
    members: typeof outline === 'string' || isList(outline) ? [] : membersOf(outline),
  }
}

function membersOf(outline: Readonly<Record<string, Outline>>): OutlineMember[][] {
  const members: OutlineMember[][] = []
  for (const [name, inner] of Object.entries(outline)) {
    const key = Buffer.from(name)
    ;(members[key.length] ??= []).push({ key, scan: outlineScan(inner) })
  }
  return members
}

function isList(outline: Outline): outline is readonly [Outline] {
  return Array.isArray(outline)
}

/**
 * Adds to `cuts` from where to where the bytes of the value at `at` are not needed, in order. Returns
 * where the value ends; -1 where nothing more is to be cut, or it cannot be read any further. What is cut
 * is not looked at any closer; whether the rest is JSON is for a parser to say.
 */
export function findCuts(
  bytes: Buffer,
  at: number,
  end: number,
  scan: OutlineScan,
  cuts: number[],
): number {
  const first = bytes[at] as number
  if (scan.isRest) return -1
  if (scan.emptied) return emptied(bytes, at, end, scan.emptied, cuts)
  if (first === OPEN_BRACE) return ofMap(bytes, at, end, scan, cuts)
  if (first === OPEN_BRACKET && scan.items) return ofList(bytes, at, end, scan.items, cuts)
  return valueEnd(bytes, at, end)
}

function emptied(bytes: Buffer, at: number, end: number, seen: SeenValues, cuts: number[]): number {
  const first = bytes[at] as number
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return valueEnd(bytes, at, end)
  const flat = first === OPEN_BRACKET ? flatListEnd(bytes, at, end) : -1
  const to = flat > 0 ? flat : seen.endOf(bytes, at, end)
  // Of a map or list that another bracket closes something has to be left to object to it.
  const close = first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET
  if (to < 0 || bytes[to - 1] !== close) return -1
  if (to - at > LEAST_CUT) cuts.push(at + 1, to - 1)
  return to
}

function ofMap(
  bytes: Buffer,
  from: number,
  end: number,
  { members }: OutlineScan,
  cuts: number[],
): number {
  let at = skipSpace(bytes, from + 1, end)
  while (bytes[at] === QUOTE) {
    const keyEnd = stringEnd(bytes, at, end)
    if (keyEnd < 0) return -1
    const scan = memberOf(members[keyEnd - at - 1], bytes, at + 1)
    at = skipSpace(bytes, keyEnd + 1, end)
    if (bytes[at] !== COLON) return -1
    at = skipSpace(bytes, at + 1, end)
    at = scan ? findCuts(bytes, at, end, scan, cuts) : valueEnd(bytes, at, end)
    if (at < 0) return -1
    at = skipSpace(bytes, at, end)
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end)
  }
  return bytes[at] === CLOSE_BRACE ? at + 1 : -1
}

function memberOf(
  few: readonly OutlineMember[] | undefined,
  bytes: Buffer,
  at: number,
): OutlineScan | undefined {
  if (!few) return undefined
  for (const { key, scan } of few) if (isWordAt(bytes, at, key)) return scan
  return undefined
}

function ofList(
  bytes: Buffer,
  from: number,
  end: number,
  scan: OutlineScan,
  cuts: number[],
): number {
  let at = skipSpace(bytes, from + 1, end)
  while (at < end && bytes[at] !== CLOSE_BRACKET) {
    at = findCuts(bytes, at, end, scan, cuts)
    if (at < 0) return -1
    at = skipSpace(bytes, at, end)
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1, end)
  }
  return at < end ? at + 1 : -1
}
