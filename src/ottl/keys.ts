import { OttlError } from './errors.ts'
import { isList, isMap, typeOf, type Value } from './values.ts'

/** What a key is at run time. */
export type KeyValue = string | number

/** What stands at a key of a map or list; null where nothing does. Throws OttlError. */
export function valueAt(value: Value, key: KeyValue): Value {
  if (value === null) return null
  if (typeof key === 'string') {
    if (isMap(value)) return value.get(key) ?? null
    throw new OttlError(`${typeOf(value)} has no key ${JSON.stringify(key)}`)
  }
  if (!isList(value)) throw new OttlError(`${typeOf(value)} has no index ${key}`)
  if (key < 0 || key >= value.length) throw outside(key, value.length)
  return value[key] as Value
}

/** The same value with another one at the end of some keys; maps that are missing are made. */
export function withValueAt(value: Value, keys: readonly KeyValue[], inner: Value): Value {
  const [key, ...rest] = keys
  if (key === undefined) return inner
  if (typeof key === 'number') return withIndex(value, key, rest, inner)
  if (value !== null && !isMap(value)) {
    throw new OttlError(`${typeOf(value)} has no key ${JSON.stringify(key)}`)
  }
  const copy = new Map(value ?? [])
  copy.set(key, withValueAt(copy.get(key) ?? null, rest, inner))
  return copy
}

function withIndex(value: Value, key: number, rest: readonly KeyValue[], inner: Value): Value {
  if (!isList(value)) throw new OttlError(`${typeOf(value)} has no index ${key}`)
  if (key < 0 || key >= value.length) throw outside(key, value.length)
  return value.with(key, withValueAt(value[key] as Value, rest, inner))
}

function outside(key: number, length: number): OttlError {
  return new OttlError(`index ${key} is outside of a list of ${length}`)
}
