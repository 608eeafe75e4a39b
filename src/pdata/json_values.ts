/*
 * The values of ProtoJSON (https://protobuf.dev/programming-guides/json/), with OTLP's exceptions: hex
 * digits for ids, integers for enums. Each throws a Fault for what is none.
 */

/** What is wrong; the path grows on the way out to the request. */
export class Fault extends Error {
  readonly #path: (string | number)[] = []

  /** The same, in what lies around it. */
  under(key: string | number): this {
    this.#path.unshift(key)
    return this
  }

  /** `a.b[2].c`. */
  path(): string {
    return this.#path
      .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`))
      .join('')
  }
}

const MAX_SHOWN = 40

/** What was expected, and what is there instead. */
export function expected(what: string, value: unknown): Fault {
  return new Fault(`expected ${what}, received ${shown(value)}`)
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_SHOWN)) : String(value)
  return typeof value === 'string' && value.length > MAX_SHOWN ? `${text}…` : text
}

/** True or false. */
export function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw expected('true or false', value)
  return value
}

/** A string. */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw expected('a string', value)
  return value
}

/** A whole number, or one in a string; `1e3` and `5.0` are whole, too. */
export function integerOf(value: unknown, least: bigint, most: bigint): bigint {
  const integer = toInteger(value)
  if (integer === undefined) throw expected('an integer', value)
  if (integer < least || integer > most) {
    throw expected(`an integer from ${least} to ${most}`, value)
  }
  return integer
}

function toInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string' || value === '') return undefined
  if (/^-?\d{1,20}$/.test(value)) return BigInt(value)
  const number = /^-?[\d.]+(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN
  return Number.isInteger(number) ? BigInt(number) : undefined
}

const DOUBLES: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
}

/** A number, or one in a string, `NaN` and `-Infinity` among them. */
export function doubleOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string') throw expected('a number', value)
  const named = Object.hasOwn(DOUBLES, value) ? DOUBLES[value] : undefined
  if (named !== undefined) return named
  if (!/^-?\d[\d.]*(e[+-]?\d+)?$/i.test(value)) throw expected('a number', value)
  return Number(value)
}

/** Bytes in base64 of either alphabet, padded or not. */
export function base64Of(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^[\w+/-]*={0,2}$/.test(value)) throw expected('base64', value)
  return Buffer.from(value, 'base64')
}

/** The bytes of an id: so many, or none. */
export function idOf(value: unknown, bytes: number): Buffer {
  const digits = 2 * bytes
  if (typeof value === 'string' && /^[0-9a-f]*$/i.test(value)) {
    if (value.length === digits || value === '') return Buffer.from(value, 'hex')
  }
  throw expected(`${digits} hex digits`, value)
}

/** The number of an enum, or one of its names. */
export function enumOf(value: unknown, names: ReadonlyMap<string, number>): number {
  const named = typeof value === 'string' ? names.get(value) : undefined
  if (named !== undefined) return named
  if (typeof value !== 'number') throw expected('an integer', value)
  return Number(integerOf(value, -(2n ** 31n), 2n ** 31n - 1n))
}
