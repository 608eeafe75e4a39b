import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isWordAt,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  stringEnd,
  valueEnd,
} from '../../src/helpers/json_bytes.ts'

const ITEMS = Buffer.from('items')
const KIND = Buffer.from('kind')
const EVENT_LIST = Buffer.from('"EventList"')

/**
 * The elements of `items` of an `EventList`, as they stand in it; undefined where it is none, or is
 * not whole. Nothing of it is parsed. A list without events has `items: null`.
 */
export function itemsOf(body: Buffer): Buffer[] | undefined {
  const end = body.length
  let at = skipSpace(body, 0, end)
  if (body[at] !== OPEN_BRACE) return undefined
  let items: Buffer[] | undefined
  let isList = false
  do {
    at = skipSpace(body, at + 1, end)
    const keyEnd = body[at] === QUOTE ? stringEnd(body, at, end) : -1
    const colon = keyEnd < 0 ? -1 : skipSpace(body, keyEnd + 1, end)
    if (body[colon] !== COLON) return undefined
    const from = skipSpace(body, colon + 1, end)
    const to = valueEnd(body, from, end)
    if (to < 0) return undefined
    const length = keyEnd - at - 1
    if (length === 4 && isWordAt(body, at + 1, KIND)) isList = isWordAt(body, from, EVENT_LIST)
    if (length === 5 && isWordAt(body, at + 1, ITEMS)) items = elements(body, from, to)
    at = skipSpace(body, to, end)
  } while (body[at] === COMMA)
  return isList && body[at] === CLOSE_BRACE ? items : undefined
}

function elements(body: Buffer, from: number, to: number): Buffer[] {
  const found: Buffer[] = []
  if (body[from] !== OPEN_BRACKET) return found
  let at = skipSpace(body, from + 1, to)
  while (at < to && body[at] !== CLOSE_BRACKET) {
    const end = valueEnd(body, at, to)
    if (end < 0) return found
    found.push(body.subarray(at, end))
    at = skipSpace(body, end, to)
    if (body[at] === COMMA) at = skipSpace(body, at + 1, to)
  }
  return found
}
