import type { LinearRegExp } from '../helpers/linear_regexp.ts'
import { OttlError, OttlSyntaxError } from './errors.ts'
import type { Environment } from './environment.ts'
import { keptRegex, regexOf } from './regex.ts'
import type { Get, Readable, Target } from './target.ts'
import { textOf } from './texts.ts'
import {
  Duration,
  Instant,
  isInt,
  isList,
  isMap,
  numberOf,
  type Type,
  typeOf,
  type Value,
} from './values.ts'

/** An argument, looked up: a value, a path, the parts of a list, or a converter's name. */
export interface Arg extends Readable {
  readonly at: number
  /** The value where it is known before: a literal. */
  readonly constant?: Value
  readonly target?: Target
  readonly parts?: readonly Arg[]
  /** A converter of one text, handed over by its name. */
  readonly converter?: (text: Value) => Value
}

/** A parameter of a function: what it takes, and what it makes of it. Throws OttlSyntaxError. */
export interface Param<T> {
  readonly name: string
  readonly isOptional: boolean
  readonly isConverter?: boolean
  readonly prepare: (arg: Arg) => T
}

type Typed<T> = (env: Environment) => T

function typed<T>(
  name: string,
  type: Type,
  words: string,
  take: (value: Value) => T | undefined,
): Param<Typed<T>> {
  return {
    name,
    isOptional: false,
    prepare: ({ type: known, get, at }) => {
      if (known !== 'any' && known !== type && !widens(known, type)) {
        throw new OttlSyntaxError(`expected ${words} as "${name}", received ${known}`, at)
      }
      return (env) => {
        const value = get(env)
        const taken = take(value)
        if (taken !== undefined) return taken
        throw new OttlError(`expected ${words} as "${name}", received ${typeOf(value)}`)
      }
    },
  }
}

function widens(from: Type, to: Type): boolean {
  return from === 'int' && to === 'float'
}

/** A string. */
export const string = (name: string): Param<Typed<string>> =>
  typed(name, 'string', 'a string', (value) => (typeof value === 'string' ? value : undefined))

/** An int64. */
export const int = (name: string): Param<Typed<number>> =>
  typed(name, 'int', 'an int', (value) => (isInt(value) ? Number(value) : undefined))

/** A map. */
export const map = (name: string): Param<Typed<ReadonlyMap<string, Value>>> =>
  typed(name, 'map', 'a map', (value) => (isMap(value) ? value : undefined))

/** A list. */
export const list = (name: string): Param<Typed<readonly Value[]>> =>
  typed(name, 'list', 'a list', (value) => (isList(value) ? value : undefined))

/** A time. */
export const time = (name: string): Param<Typed<Instant>> =>
  typed(name, 'time', 'a time', (value) => (value instanceof Instant ? value : undefined))

/** A duration. */
export const span = (name: string): Param<Typed<Duration>> =>
  typed(name, 'duration', 'a duration', (value) => (value instanceof Duration ? value : undefined))

/** A number, or what can be read as one. */
export const number = (name: string): Param<Typed<number>> => ({
  name,
  isOptional: false,
  prepare:
    ({ get }) =>
    (env) => {
      const value = get(env)
      const found = typeof value === 'boolean' ? Number(value) : (numberOf(value) ?? parsed(value))
      if (found !== undefined) return found
      throw new OttlError(`expected a number as "${name}", received ${typeOf(value)}`)
    },
})

function parsed(value: Value): number | undefined {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  return Number.isNaN(found) ? undefined : found
}

/** Any value. */
export const any = (name: string): Param<Get> => ({
  name,
  isOptional: false,
  prepare: ({ get }) => get,
})

/** Any value as text; undefined for `nil`. */
export const text = (name: string): Param<Typed<string | undefined>> => ({
  name,
  isOptional: false,
  prepare:
    ({ get }) =>
    (env) => {
      const value = get(env)
      return typeof value === 'string' ? value : textOf(value)
    },
})

/** The values of a list, one by one where it is written out. */
export const values = (name: string): Param<Typed<readonly Value[]>> => ({
  name,
  isOptional: false,
  prepare: (arg) => list(name).prepare(arg),
})

/** A regular expression: compiled once where it is a literal. */
export const regex = (name: string): Param<Typed<LinearRegExp>> => ({
  name,
  isOptional: false,
  prepare: (arg) => {
    if (typeof arg.constant !== 'string') {
      const get = string(name).prepare(arg)
      return (env) => keptRegex(get(env))
    }
    const compiled = compiledAt(arg.constant, arg.at)
    return () => compiled
  },
})

function compiledAt(pattern: string, at: number): LinearRegExp {
  try {
    return regexOf(pattern)
  } catch (error) {
    if (error instanceof OttlError) throw new OttlSyntaxError(error.message, at)
    throw error
  }
}

/** A string that has to be known before; one of `choices` where they are given. */
export const word = (name: string, choices?: readonly string[]): Param<string> => ({
  name,
  isOptional: false,
  prepare: ({ constant, at }) => {
    const expected = choices
      ? choices.map((choice) => `"${choice}"`).join(' or ')
      : 'a string in quotes'
    if (typeof constant === 'string' && (!choices || choices.includes(constant))) return constant
    throw new OttlSyntaxError(`expected ${expected} as "${name}"`, at)
  },
})

/** A whole number from 0 that has to be known before. */
export const count = (name: string): Param<number> => ({
  name,
  isOptional: false,
  prepare: ({ constant, at }) => {
    if (typeof constant === 'number' && Number.isSafeInteger(constant) && constant >= 0)
      return constant
    throw new OttlSyntaxError(`expected a whole number from 0 as "${name}"`, at)
  },
})

/** `true` or `false`, known before. */
export const flag = (name: string): Param<boolean> => ({
  name,
  isOptional: false,
  prepare: ({ constant, at }) => {
    if (typeof constant === 'boolean') return constant
    throw new OttlSyntaxError(`expected true or false as "${name}"`, at)
  },
})

/** Strings in a list that has to be known before. */
export const words = (name: string): Param<readonly string[]> => ({
  name,
  isOptional: false,
  prepare: ({ parts, at }) => {
    const strings = parts?.map(({ constant }) => constant)
    if (strings?.every((one) => typeof one === 'string')) return strings
    throw new OttlSyntaxError(`expected a list of strings in quotes as "${name}"`, at)
  },
})

/** A path that can be set. */
export const settable = (
  name: string,
): Param<Target & { readonly set: Target['set'] & object }> => ({
  name,
  isOptional: false,
  prepare: ({ target, at }) => {
    if (!target) throw new OttlSyntaxError(`expected a path as "${name}"`, at)
    const { set } = target
    if (!set) throw new OttlSyntaxError(`${target.name} cannot be changed`, at)
    return { ...target, set }
  },
})

/** A path to a map that can be changed. */
export const editable = (name: string): Param<Target['edit'] & object> => ({
  name,
  isOptional: false,
  prepare: ({ target, at }) => {
    if (!target) throw new OttlSyntaxError(`expected a path as "${name}"`, at)
    if (!target.edit) throw new OttlSyntaxError(`${target.name} is no map that can be changed`, at)
    return target.edit
  },
})

/** The name of a converter of one text: `SHA256`. */
export const converter = (name: string): Param<(text: Value) => Value> => ({
  name,
  isOptional: false,
  isConverter: true,
  prepare: ({ converter: found, at }) => {
    if (found) return found
    throw new OttlSyntaxError(`expected the name of a converter as "${name}"`, at)
  },
})

/** The same parameter, which need not be given. */
export function optional<T>(param: Param<T>): Param<T | undefined> {
  return { ...param, isOptional: true }
}
