import { z } from 'zod'
import type { AttributeValue } from '../pdata/attributes.ts'

/**
 * An option that holds the value of an attribute: a text, a number, true or false, a list or a map.
 * Its type is that of the YAML, so a whole number is an int.
 */
export const attributeValue: z.ZodType<AttributeValue> = z
  .unknown()
  .check((check) => {
    if (!isValue(check.value)) {
      const message = 'expected a text, number, boolean, list or map'
      check.issues.push({ code: 'custom', input: check.value, message })
    }
  })
  .transform((value) => value as AttributeValue)

function isValue(value: unknown): boolean {
  if (value === null || value === undefined) return false
  if (Array.isArray(value)) return value.every((one) => one === null || isValue(one))
  if (typeof value === 'object')
    return Object.values(value).every((one) => one === null || isValue(one))
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}
