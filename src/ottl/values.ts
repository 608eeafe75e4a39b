/*
 * Values as statements see them. A number that is a safe integer and a bigint are an int64, another
 * number is a float64, and so is a `Float`: a whole number that is a float64 all the same.
 */

/** A float64 that is a whole number: without it, 5.0 would be 5. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A point in time. */
export class Instant {
  /** Nanoseconds since 1970. */
  readonly ns: bigint

  constructor(ns: bigint) {
    this.ns = ns
  }
}

/** How long something takes. */
export class Duration {
  readonly ns: bigint

  constructor(ns: bigint) {
    this.ns = ns
  }
}

/** Any value; null is OTTL's `nil`. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | Float
  | string
  | Uint8Array
  | Instant
  | Duration
  | readonly Value[]
  | ReadonlyMap<string, Value>

/** What a value is; `any` where that shows only at run time. */
export type Type =
  | 'nil'
  | 'bool'
  | 'int'
  | 'float'
  | 'string'
  | 'bytes'
  | 'time'
  | 'duration'
  | 'list'
  | 'map'

/** What a value is. */
export function typeOf(value: Value): Type {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return Number.isSafeInteger(value) ? 'int' : 'float'
    default:
      return typeOfObject(value)
  }
}

function typeOfObject(value: Exclude<Value, string | boolean | bigint | number>): Type {
  if (value === null) return 'nil'
  if (value instanceof Float) return 'float'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Instant) return 'time'
  if (value instanceof Duration) return 'duration'
  return Array.isArray(value) ? 'list' : 'map'
}

/** A float64 as a value. */
export function floatOf(value: number): number | Float {
  return Number.isSafeInteger(value) ? new Float(value) : value
}

const LEAST_INT = -(2n ** 63n)
const MOST_INT = 2n ** 63n - 1n

/** An int64 as a value: a number where that is exact. It wraps around as Go's does. */
export function intOf(value: bigint): number | bigint {
  const wrapped = value < LEAST_INT || value > MOST_INT ? BigInt.asIntN(64, value) : value
  const number = Number(wrapped)
  return Number.isSafeInteger(number) ? number : wrapped
}

/** The number that an int64 or float64 is, as a float64; undefined for other values. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return value instanceof Float ? value.value : undefined
}

/** True for an int64. */
export function isInt(value: Value): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

/** True for a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** True for a map. */
export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map
}
