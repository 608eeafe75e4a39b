import { MAX_VALUE_DEPTH } from '../pdata/otlp_any_value.ts'
import { OttlError } from './errors.ts'
import { floatOf, type Value } from './values.ts'

/** What a JSON text holds: numbers are float64. Throws OttlError. */
export function parseJson(text: string): Value {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new OttlError('the text is no JSON')
  }
  return fromJson(parsed, 0)
}

function fromJson(value: unknown, depth: number): Value {
  if (depth > MAX_VALUE_DEPTH)
    throw new OttlError(`the JSON is nested deeper than ${MAX_VALUE_DEPTH}`)
  if (typeof value === 'number') return floatOf(value)
  if (typeof value !== 'object' || value === null) return value as Value
  if (Array.isArray(value)) return value.map((one) => fromJson(one, depth + 1))
  return new Map(Object.entries(value).map(([key, inner]) => [key, fromJson(inner, depth + 1)]))
}

/** `a=1 b="x y"` as a map; quotes keep what they hold together. Throws OttlError. */
export function parseKeyValues(text: string, delimiter: string, pairs: string): Map<string, Value> {
  if (text === '') throw new OttlError('expected a text that is not empty')
  if (delimiter === pairs) throw new OttlError('the delimiters are the same')
  if (delimiter === '' || pairs === '') throw new OttlError('a delimiter is empty')
  const found = new Map<string, Value>()
  for (const pair of quotedParts(text, pairs)) {
    const at = pair.indexOf(delimiter)
    if (at < 0)
      throw new OttlError(
        `${JSON.stringify(pair.slice(0, 40))} has no ${JSON.stringify(delimiter)}`,
      )
    found.set(bare(pair.slice(0, at)), bare(pair.slice(at + delimiter.length)))
  }
  return found
}

function quotedParts(text: string, by: string): string[] {
  const parts: string[] = []
  let quote = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (text.startsWith(by, i)) {
      parts.push(text.slice(from, i))
      from = i + by.length
      i = from - 1
    }
  }
  if (quote !== '') throw new OttlError('a quote has no end')
  parts.push(text.slice(from))
  return parts.filter((part) => part.trim() !== '')
}

function bare(text: string): string {
  const trimmed = text.trim()
  const quoted = /^(["'])(.*)\1$/s.exec(trimmed)
  return quoted?.[2] ?? trimmed
}

/** A URL's parts under the names of the semantic conventions. Throws OttlError. */
export function parseUrl(text: string): Map<string, Value> {
  if (!URL.canParse(text)) throw new OttlError(`${JSON.stringify(text.slice(0, 80))} is no URL`)
  const url = new URL(text)
  const parts: [string, Value][] = [
    ['url.original', text],
    ['url.domain', url.hostname],
    ['url.scheme', url.protocol.slice(0, -1)],
    ['url.path', url.pathname],
  ]
  if (url.search !== '') parts.push(['url.query', url.search.slice(1)])
  if (url.hash !== '') parts.push(['url.fragment', url.hash.slice(1)])
  if (url.port !== '') parts.push(['url.port', Number(url.port)])
  const extension = /\.([^./]+)$/.exec(url.pathname)?.[1]
  if (extension !== undefined) parts.push(['url.extension', extension])
  if (url.username !== '') parts.push(['url.username', url.username])
  if (url.password !== '') parts.push(['url.password', url.password])
  return new Map(parts)
}
