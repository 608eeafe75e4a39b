import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { Duration, Float, Instant, type Value } from '../../src/ottl/values.ts'

/** A value of an item as that of an attribute. */
export function attributeOf(value: Value): AttributeValue {
  if (value instanceof Float) return value.value
  if (value instanceof Instant || value instanceof Duration) return value.ns
  if (Array.isArray(value)) return value.map((one: Value) => attributeOf(one))
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Value>)]
    return Object.fromEntries(entries.map(([key, one]) => [key, attributeOf(one)]))
  }
  return value as AttributeValue
}

/** A text that two values share only when they are the same; it can be told from what stands behind it. */
export function keyOf(value: AttributeValue): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, withBigints) ?? '')
  return `${typeof value}${text.length}:${text}`
}

function withBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
