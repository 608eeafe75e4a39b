import type { AttributeValue } from './attributes.ts'

/**
 * A value as text, as the Collector writes it: bytes as base64, lists and maps as JSON with sorted
 * keys, a value that is not set as nothing.
 */
export function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return base64(value)
  return jsonText(value)
}

function jsonText(value: AttributeValue): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Uint8Array) return JSON.stringify(base64(value))
  if (Array.isArray(value)) return `[${value.map((one) => jsonText(one)).join(',')}]`
  const map = value as Readonly<Record<string, AttributeValue>>
  const entries = Object.keys(map)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${jsonText(map[key] as AttributeValue)}`)
  return `{${entries.join(',')}}`
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
