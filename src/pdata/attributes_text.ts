import type { Attributes, AttributeValue } from './attributes.ts'

/**
 * A text that is the same for the same attributes, whatever their order, and another one for others.
 * Doubles that are whole numbers count as ints.
 */
export function attributesText(attributes: Attributes): string {
  const keys = Object.keys(attributes)
  if (keys.length > 1) keys.sort()
  let text = ''
  for (const key of keys) {
    text += `${JSON.stringify(key)}:${valueKeyText(attributes[key] as AttributeValue)},`
  }
  return text
}

/** The same for one value. */
export function valueKeyText(value: AttributeValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return `<${Buffer.from(value).toString('base64')}>`
  if (Array.isArray(value)) return `[${value.map((one) => valueKeyText(one)).join()}]`
  return `{${attributesText(value as Attributes)}}`
}
