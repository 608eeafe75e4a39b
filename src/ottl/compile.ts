import { suggestion } from '../config/index.ts'
import { calculate } from './arithmetic.ts'
import type { Call, Chain, Comparison, Expression, Key, Literal } from './ast.ts'
import { equal, JUDGES } from './compare.ts'
import { ENUMS } from './enums.ts'
import type { Context, Environment } from './environment.ts'
import { OttlError, OttlSyntaxError } from './errors.ts'
import { argumentsOf, functionOf, type Functions } from './function.ts'
import { valueAt } from './keys.ts'
import type { Arg, Param } from './params.ts'
import { resolve } from './resolve.ts'
import type { Get } from './target.ts'
import { floatOf, intOf, isInt, typeOf, type Type, type Value } from './values.ts'

/** Says of an item whether something holds. Throws OttlError. */
export type Test = (env: Environment) => boolean

/** Makes closures of what has been parsed. Its methods throw OttlSyntaxError. */
export class Compiler {
  readonly #context: Context
  readonly #converters: Functions
  readonly #editors: Functions

  constructor(context: Context, converters: Functions, editors: Functions) {
    this.#context = context
    this.#converters = converters
    this.#editors = editors
  }

  /** An editor's call. */
  editor(call: Call): Get {
    const found = functionOf(call, this.#editors, this.#context)
    const args = argumentsOf(call, found, (value, param) => this.#argument(value, param))
    return made(call, () => found.make(args))
  }

  /** What is true or false. */
  test(node: Expression): Test {
    switch (node.kind) {
      case 'and':
      case 'or':
        return this.#chain(node)
      case 'not': {
        const inner = this.test(node.value)
        return (env) => !inner(env)
      }
      case 'comparison':
        return this.#comparison(node)
      case 'call':
        return this.#booleanCall(node)
      case 'literal':
        if (node.type === 'bool') return node.text === 'true' ? () => true : () => false
        throw notCondition(node.at)
      default:
        throw notCondition(node.at)
    }
  }

  #chain({ kind, first, rest }: Chain): Test {
    const tests = [first, ...rest.map(({ value }) => value)].map((node) => this.test(node))
    if (kind === 'and') return (env) => tests.every((test) => test(env))
    return (env) => tests.some((test) => test(env))
  }

  #booleanCall(node: Call): Test {
    const { type, get } = this.value(node)
    if (type !== 'bool' && type !== 'any') {
      throw new OttlSyntaxError(
        `expected true or false from ${node.name}, which gives ${type}`,
        node.at,
      )
    }
    return (env) => {
      const value = get(env)
      if (typeof value === 'boolean') return value
      throw new OttlError(`expected true or false from ${node.name}, received ${typeOf(value)}`)
    }
  }

  #comparison({ operator, left: leftNode, right: rightNode }: Comparison): Test {
    const [left, right] = [this.value(leftNode), this.value(rightNode)]
    if (operator === '==' || operator === '!=') {
      const wanted = operator === '=='
      if (right.constant !== undefined) return equalTo(left.get, right.constant, wanted)
      if (left.constant !== undefined) return equalTo(right.get, left.constant, wanted)
    }
    const judge = JUDGES[operator] as (a: Value, b: Value) => boolean
    return (env) => judge(left.get(env), right.get(env))
  }

  /** What has a value. */
  value(node: Expression): Arg {
    switch (node.kind) {
      case 'literal':
        return constant(literalValue(node), node.at)
      case 'path': {
        const target = resolve(node, this.#context, (key) => this.value(key).get)
        return { type: target.type, get: target.get, target, at: node.at }
      }
      case 'symbol':
        return this.#enum(node.name, node.at)
      case 'call':
        return this.#call(node)
      case 'sum':
      case 'product':
        return this.#math(node)
      case 'list':
        return this.#list(node.values, node.at)
      case 'map': {
        const entries = node.entries.map(({ key, value }) => [key, this.value(value).get] as const)
        return {
          type: 'map',
          at: node.at,
          get: (env) => new Map(entries.map(([key, get]) => [key, get(env)])),
        }
      }
      default:
        throw new OttlSyntaxError('a condition is no value', node.at)
    }
  }

  #list(nodes: readonly Expression[], at: number): Arg {
    const parts = nodes.map((node) => this.value(node))
    return { type: 'list', at, parts, get: (env) => parts.map(({ get }) => get(env)) }
  }

  #enum(name: string, at: number): Arg {
    const known = ENUMS[this.#context]
    const value = known.get(name)
    if (value !== undefined) return constant(value, at)
    throw new OttlSyntaxError(`unknown enum ${name}${suggestion(name, known.keys())}`, at)
  }

  #math({ first, rest, at }: Chain): Arg {
    const start = this.value(first)
    const steps = rest.map(({ operator, value }) => ({ operator, ...this.value(value) }))
    for (const { type, at: place } of [{ ...start }, ...steps]) {
      if (!CALCULABLE.has(type))
        throw new OttlSyntaxError(`${type} cannot be calculated with`, place)
    }
    const get: Get = (env) => {
      let value = start.get(env)
      for (const step of steps) value = calculate(step.operator, value, step.get(env))
      return value
    }
    return { type: 'any', get, at }
  }

  #call(call: Call): Arg {
    const found = functionOf(call, this.#converters, this.#context)
    const args = argumentsOf(call, found, (value, param) => this.#argument(value, param))
    const get = made(call, () => found.make(args))
    if (call.keys.length === 0) return { type: found.type, get, at: call.at }
    const keys = call.keys.map((key) => this.#key(key))
    return {
      type: 'any',
      at: call.at,
      get: (env) => keys.reduce((value, key) => valueAt(value, key(env)), get(env)),
    }
  }

  #key(key: Key): (env: Environment) => string | number {
    if (key.kind !== 'value') return () => key.value
    const { get } = this.value(key.value)
    return (env) => {
      const value = get(env)
      if (typeof value === 'string') return value
      if (isInt(value)) return Number(value)
      throw new OttlError(`expected a string or int as key, received ${typeOf(value)}`)
    }
  }

  #argument(node: Expression, { isConverter }: Param<unknown>): Arg {
    if (!isConverter) return this.value(node)
    if (node.kind !== 'symbol')
      throw new OttlSyntaxError('expected the name of a converter', node.at)
    const call: Call = { kind: 'call', name: node.name, args: [], keys: [], at: node.at }
    const found = functionOf(call, this.#converters, this.#context)
    const slot: { value: Value } = { value: null }
    const [first, ...others] = found.params
    if (!first || others.some(({ isOptional }) => !isOptional)) {
      throw new OttlSyntaxError(`${node.name} does not take one text`, node.at)
    }
    const get = found.make([{ type: 'any', at: node.at, get: () => slot.value }])
    const converter = (text: Value): Value => {
      slot.value = text
      // A converter of one text asks for nothing else.
      return get(undefined as unknown as Environment)
    }
    return { type: 'any', at: node.at, get: () => null, converter }
  }
}

const CALCULABLE = new Set<Type | 'any'>(['any', 'int', 'float', 'time', 'duration'])

function notCondition(at: number): OttlSyntaxError {
  return new OttlSyntaxError('expected a condition: a comparison, a converter, true or false', at)
}

/** Faults of a function's arguments together stand at its name. */
function made(call: Call, make: () => Get): Get {
  try {
    return make()
  } catch (error) {
    if (error instanceof OttlError)
      throw new OttlSyntaxError(`${call.name}: ${error.message}`, call.at)
    throw error
  }
}

function constant(value: Value, at: number): Arg {
  return { type: typeOf(value), get: () => value, constant: value, at }
}

function literalValue({ type, text, at }: Literal): Value {
  switch (type) {
    case 'nil':
      return null
    case 'bool':
      return text === 'true'
    case 'string':
      return text
    case 'float':
      return floatOf(Number(text))
    case 'int':
      return literalInt(text, at)
    case 'bytes':
      if (text.length % 2 === 1)
        throw new OttlSyntaxError('expected an even number of hex digits', at)
      return Buffer.from(text.slice(2), 'hex')
  }
}

function literalInt(text: string, at: number): Value {
  // Beyond 19 digits it is no int64, and reading it would take long.
  const value = text.length > 20 ? 2n ** 64n : BigInt(text.replace('+', ''))
  if (value >= 2n ** 63n || value < -(2n ** 63n))
    throw new OttlSyntaxError(`${text.slice(0, 24)} is no int64`, at)
  return intOf(value)
}

/** A comparison with what is known before: for texts, booleans and small ints it is the engine's own. */
function equalTo(get: Get, value: Value, wanted: boolean): Test {
  if (typeof value === 'number') {
    return (env) => {
      const found = get(env)
      return (typeof found === 'number' ? found === value : equal(found, value)) === wanted
    }
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) {
    return wanted ? (env) => get(env) === value : (env) => get(env) !== value
  }
  return (env) => equal(get(env), value) === wanted
}
