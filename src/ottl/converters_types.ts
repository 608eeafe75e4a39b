import { OttlError } from './errors.ts'
import { define, type Functions } from './function.ts'
import { any, list, number } from './params.ts'
import { equal } from './compare.ts'
import { textOf } from './texts.ts'
import {
  Float,
  floatOf,
  intOf,
  isInt,
  isList,
  isMap,
  numberOf,
  typeOf,
  type Value,
} from './values.ts'

const BOOLS = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
])

/** An int64 from a value; null where it is none. */
export function toInt(value: Value): Value {
  if (isInt(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return intOfText(value)
  const double = numberOf(value)
  return double === undefined || !Number.isFinite(double) ? null : intOf(BigInt(Math.trunc(double)))
}

function intOfText(text: string): Value {
  if (!/^[-+]?\d{1,20}$/.test(text)) return null
  const value = BigInt(text.replace(/^\+/, ''))
  return value < -(2n ** 63n) || value >= 2n ** 63n ? null : intOf(value)
}

const DOUBLE = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

function toDouble(value: Value): Value {
  const known = numberOf(value)
  if (known !== undefined) return floatOf(known)
  if (typeof value === 'boolean') return new Float(value ? 1 : 0)
  return typeof value === 'string' && DOUBLE.test(value) ? floatOf(Number(value)) : null
}

function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return BOOLS.get(value) ?? null
  const known = numberOf(value)
  return known === undefined ? null : known !== 0
}

function isEmpty(value: Value): boolean {
  if (value === null || value === '' || value === false || numberOf(value) === 0) return true
  if (isList(value)) return value.length === 0
  if (isMap(value)) return value.size === 0
  return value instanceof Uint8Array && value.every((byte) => byte === 0)
}

function lengthOf(value: Value): number {
  // Bytes, as Go counts them.
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (isList(value) || value instanceof Uint8Array) return value.length
  if (isMap(value)) return value.size
  throw new OttlError(`${typeOf(value)} has no length`)
}

function indexIn(target: Value, value: Value): number {
  if (isList(target)) return target.findIndex((one) => equal(one, value))
  if (typeof target !== 'string' || typeof value !== 'string') {
    throw new OttlError(
      `expected a list, or two strings, received ${typeOf(target)} and ${typeOf(value)}`,
    )
  }
  const at = target.indexOf(value)
  return at < 0 ? -1 : Buffer.byteLength(target.slice(0, at))
}

/** What values are, and values as others. */
export const typeConverters: Functions = {
  IsString: define('bool', [any('value')], (value) => (env) => typeof value(env) === 'string'),
  IsBool: define('bool', [any('value')], (value) => (env) => typeof value(env) === 'boolean'),
  IsInt: define('bool', [any('value')], (value) => (env) => isInt(value(env))),
  IsDouble: define('bool', [any('value')], (value) => (env) => typeOf(value(env)) === 'float'),
  IsMap: define('bool', [any('value')], (value) => (env) => isMap(value(env))),
  IsList: define('bool', [any('value')], (value) => (env) => isList(value(env))),
  IsEmpty: define('bool', [any('value')], (value) => (env) => isEmpty(value(env))),
  Int: define('any', [any('value')], (value) => (env) => toInt(value(env))),
  Double: define('any', [any('value')], (value) => (env) => toDouble(value(env))),
  Bool: define('any', [any('value')], (value) => (env) => toBool(value(env))),
  String: define('any', [any('value')], (value) => (env) => textOf(value(env)) ?? null),
  Len: define('int', [any('target')], (target) => (env) => lengthOf(target(env))),
  Index: define(
    'int',
    [any('target'), any('value')],
    (target, value) => (env) => indexIn(target(env), value(env)),
  ),
  ContainsValue: define('bool', [list('target'), any('item')], (target, item) => (env) => {
    const wanted = item(env)
    return target(env).some((one) => equal(one, wanted))
  }),
  Log: define('float', [number('value')], (value) => (env) => {
    const found = value(env)
    if (found <= 0) throw new OttlError('a logarithm is of numbers above 0')
    return floatOf(Math.log(found))
  }),
}
