import type { LinearRegExp } from '../helpers/linear_regexp.ts'
import { BlockList, isIP } from 'node:net'
import { orderOf } from './compare.ts'
import { OttlError, OttlSyntaxError } from './errors.ts'
import { define, type Functions } from './function.ts'
import {
  any,
  type Arg,
  list,
  map,
  optional,
  type Param,
  regex,
  string,
  values,
  word,
  words,
} from './params.ts'
import { parseJson, parseKeyValues, parseUrl } from './parsing.ts'
import { bytesOfHex } from './fields.ts'
import { FIELDS } from './paths.ts'
import { textOf } from './texts.ts'
import { intOf, typeOf, type Value } from './values.ts'

function sorted(values: readonly Value[], order: string): Value[] {
  const up = values.toSorted((a, b) => orderOf(a, b) ?? compareTexts(a, b))
  return order === 'desc' ? up.toReversed() : up
}

function compareTexts(a: Value, b: Value): number {
  return orderOf(textOf(a) ?? '', textOf(b) ?? '') ?? 0
}

function extracted(regex: LinearRegExp, target: string): Map<string, Value> {
  const found = new Map<string, Value>()
  const match = regex.exec(target)
  if (!match) return found
  for (const [name, group] of Object.entries(regex.namedGroups())) {
    found.set(name, match[group] ?? '')
  }
  return found
}

/** A regular expression with at least one named group. */
function namedRegex(name: string): ReturnType<typeof regex> {
  const inner = regex(name)
  return {
    ...inner,
    prepare: (arg) => {
      const prepared = inner.prepare(arg)
      if (typeof arg.constant !== 'string') return prepared
      const { length } = Object.keys(prepared(undefined as never).namedGroups())
      if (length > 0) return prepared
      throw new OttlSyntaxError('expected at least one named group, (?P<name>…)', arg.at)
    },
  }
}

/** Networks in CIDR notation, known before. */
function networks(name: string): Param<BlockList> {
  return {
    name,
    isOptional: false,
    prepare: (arg: Arg) => {
      const blocks = new BlockList()
      for (const cidr of words(name).prepare(arg)) addNetwork(blocks, cidr, arg.at)
      return blocks
    },
  }
}

function addNetwork(blocks: BlockList, cidr: string, at: number): void {
  const [address = '', prefix = '', ...rest] = cidr.split('/')
  const version = isIP(address)
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (version === 0 || rest.length > 0 || bits < 0 || bits > (version === 4 ? 32 : 128)) {
    throw new OttlSyntaxError(
      `expected a network such as "10.0.0.0/8", received ${JSON.stringify(cidr)}`,
      at,
    )
  }
  blocks.addSubnet(address, bits, version === 4 ? 'ipv4' : 'ipv6')
}

function isIn(blocks: BlockList, target: string): boolean {
  const version = isIP(target)
  if (version === 0) throw new OttlError(`${JSON.stringify(target)} is no IP address`)
  return blocks.check(target, version === 4 ? 'ipv4' : 'ipv6')
}

function idBytes(value: Value, length: number): Buffer {
  if (value instanceof Uint8Array && value.length === length) return Buffer.from(value)
  if (typeof value === 'string') return bytesOfHex(value, length)
  throw new OttlError(
    `expected ${length} bytes or ${2 * length} hex digits, received ${typeOf(value)}`,
  )
}

function parseInteger(target: string, base: number): Value {
  const [, sign = '', prefix = '', digits = ''] =
    /^([-+]?)(0[xX]|0[bB]|0[oO])?(.*)$/.exec(target) ?? []
  const bases: Readonly<Record<string, number>> = { '0x': 16, '0b': 2, '0o': 8 }
  const known = base === 0 ? (bases[prefix.toLowerCase()] ?? (/^0\d/.test(digits) ? 8 : 10)) : base
  const clean = (base === 0 ? digits : prefix + digits)
    .replaceAll(base === 0 ? '_' : '\0', '')
    .toLowerCase()
  let value = 0n
  for (const char of clean) {
    const digit = Number.parseInt(char, 36)
    if (!(digit < known)) throw notInt(target, base)
    value = value * BigInt(known) + BigInt(digit)
    if (value > 2n ** 63n) throw notInt(target, base)
  }
  const signed = sign === '-' ? -value : value
  if (clean === '' || signed >= 2n ** 63n) throw notInt(target, base)
  return intOf(signed)
}

function notInt(target: string, base: number): OttlError {
  return new OttlError(`${JSON.stringify(target.slice(0, 40))} is no int of base ${base}`)
}

/** Empty for a span without a parent. */
const PARENT = FIELDS.span['parent_span_id.string']

/** Lists, maps, and texts that hold them. */
export const collectionConverters: Functions = {
  Keys: define('list', [map('target')], (target) => (env) => [...target(env).keys()]),
  Values: define('list', [map('target')], (target) => (env) => [...target(env).values()]),
  Sort: define(
    'list',
    [list('target'), optional(word('order', ['asc', 'desc']))],
    (target, order) => (env) => sorted(target(env), order ?? 'asc'),
  ),
  Coalesce: define(
    'any',
    [values('values')],
    (all) => (env) => all(env).find((value) => value !== null) ?? null,
  ),
  ParseJSON: define('any', [string('target')], (target) => (env) => parseJson(target(env))),
  ParseKeyValue: define(
    'map',
    [string('target'), optional(string('delimiter')), optional(string('pair_delimiter'))],
    (target, delimiter, pairs) => (env) =>
      parseKeyValues(target(env), delimiter?.(env) ?? '=', pairs?.(env) ?? ' '),
  ),
  ToKeyValueString: define(
    'string',
    [map('target'), optional(string('delimiter')), optional(string('pair_delimiter'))],
    (target, delimiter, pairs) => (env) => {
      const by = delimiter?.(env) ?? '='
      const entries = [...target(env)].map(([key, value]) => key + by + (textOf(value) ?? ''))
      return entries.join(pairs?.(env) ?? ' ')
    },
  ),
  URL: define('map', [string('target')], (target) => (env) => parseUrl(target(env))),
  ParseInt: define('int', [string('target'), any('base')], (target, base) => (env) => {
    const given = base(env)
    if (typeof given === 'number' && (given === 0 || (given >= 2 && given <= 36))) {
      return parseInteger(target(env), given)
    }
    throw new OttlError('expected 0, or 2 to 36, as "base"')
  }),
  ExtractPatterns: define(
    'map',
    [string('target'), namedRegex('pattern')],
    (target, pattern) => (env) => extracted(pattern(env), target(env)),
  ),
  IsInCIDR: define(
    'bool',
    [string('target'), networks('networks')],
    (target, blocks) => (env) => isIn(blocks, target(env)),
  ),
  TraceID: define('bytes', [any('value')], (value) => (env) => idBytes(value(env), 16)),
  SpanID: define('bytes', [any('value')], (value) => (env) => idBytes(value(env), 8)),
  IsRootSpan: define('bool', [], () => (env) => PARENT?.get(env) === '', ['span']),
}
