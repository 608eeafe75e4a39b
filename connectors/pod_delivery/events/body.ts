import type { AttributeValue } from '../../../src/pdata/attributes.ts'
import { type JsonMap, mapOf } from './json.ts'
import { neededOf } from './needed.ts'
import { outlineOf } from './outline.ts'

/** A body as the API server wrote it, or what is wrong with it. */
export type Parsed = JsonMap | 'malformed' | 'empty'

const text = new TextDecoder()

/**
 * Reads what is needed of the body of a log record: JSON in a text or in bytes, or the map that somebody
 * made of it.
 * @param resource that it is about, of an audit event; empty where that is not known
 */
export function parseBody(body: AttributeValue, resource = ''): Parsed {
  if (body === null || body === '') return 'empty'
  if (body instanceof Uint8Array) return parseText(text.decode(body), resource)
  if (typeof body === 'string') return parseText(body, resource)
  return mapOf(body) ?? 'malformed'
}

function parseText(json: string, resource: string): Parsed {
  try {
    return mapOf(JSON.parse(neededOf(json, outlineOf(resource)))) ?? 'malformed'
  } catch {
    return 'malformed'
  }
}
