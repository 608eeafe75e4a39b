import type { AttributeValue } from '../../../src/pdata/attributes.ts'
import { type JsonMap, mapOf } from './json.ts'

/** A body as the API server wrote it, or what is wrong with it. */
export type Parsed = JsonMap | 'malformed' | 'empty'

const text = new TextDecoder()

/** Reads the body of a log record: JSON in a text or in bytes, or the map that somebody made of it. */
export function parseBody(body: AttributeValue): Parsed {
  if (body === null || body === '') return 'empty'
  if (body instanceof Uint8Array) return parseText(text.decode(body))
  if (typeof body === 'string') return parseText(body)
  return mapOf(body) ?? 'malformed'
}

function parseText(json: string): Parsed {
  try {
    return mapOf(JSON.parse(json)) ?? 'malformed'
  } catch {
    return 'malformed'
  }
}
