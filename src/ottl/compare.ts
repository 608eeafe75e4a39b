import { Duration, Instant, isInt, isList, isMap, numberOf, type Value } from './values.ts'

/*
 * Values of different types are not equal and neither comes first, save numbers, which compare as
 * such. `nil` equals `nil` alone.
 */

/** Whether two values are equal. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string') return false
  if (a === null || b === null || typeof a === 'boolean' || typeof b === 'boolean') return false
  const order = orderOf(a, b)
  if (order !== undefined) return order === 0
  if (isList(a) && isList(b)) return equalLists(a, b)
  return isMap(a) && isMap(b) && equalMaps(a, b)
}

function equalLists(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, i) => equal(value, b[i] as Value))
}

function equalMaps(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !equal(value, other)) return false
  }
  return true
}

/**
 * Below 0 where `a` comes before `b`, 0 where they are equal, above 0 behind; undefined where neither
 * holds. NaN has no place, not even beside itself.
 */
export function orderOf(a: Value, b: Value): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return numbers(a, b)
  if (typeof a === 'string') return typeof b === 'string' ? texts(a, b) : undefined
  if (typeof a === 'boolean') return typeof b === 'boolean' ? Number(a) - Number(b) : undefined
  if (a === null) return b === null ? 0 : undefined
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined
  if (a instanceof Instant) return b instanceof Instant ? bigints(a.ns, b.ns) : undefined
  if (a instanceof Duration) return b instanceof Duration ? bigints(a.ns, b.ns) : undefined
  if (isInt(a) && isInt(b)) return bigints(BigInt(a), BigInt(b))
  const [left, right] = [numberOf(a), numberOf(b)]
  return left === undefined || right === undefined ? undefined : numbers(left, right)
}

function numbers(a: number, b: number): number | undefined {
  const difference = a - b
  if (difference === 0 || a === b) return 0
  if (a < b) return -1
  return a > b ? 1 : undefined
}

function bigints(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** By code points, as Go's bytes of UTF-8 are: JavaScript's own order differs beyond U+FFFF. */
function texts(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left !== right) return weight(left) - weight(right)
  }
  return a.length - b.length
}

/** Surrogates stand for what is above all other code units. */
function weight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** How an operator judges two values. */
export const JUDGES: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => (orderOf(a, b) ?? 0) < 0,
  '>': (a, b) => (orderOf(a, b) ?? 0) > 0,
  '<=': (a, b) => (orderOf(a, b) ?? 1) <= 0,
  '>=': (a, b) => (orderOf(a, b) ?? -1) >= 0,
}
