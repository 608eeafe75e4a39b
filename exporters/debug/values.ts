import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import { printable } from './text.ts'

/** The value as plain text, strings without quotes; not yet safe for a terminal. */
export function plainText(value: AttributeValue | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? valueText(value) : String(value)
}

/** The value so that its type shows, safe for a terminal: `"7"`, `7`, `0x07`, `["a", 1]`. */
export function valueText(value: AttributeValue): string {
  if (typeof value === 'string') return `"${printable(value).replaceAll('"', '\\"')}"`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  const pairs = Object.entries(value as Attributes).map(
    ([key, item]) => `${printable(key)}: ${valueText(item)}`,
  )
  return `{${pairs.join(', ')}}`
}
