import { createHash } from 'node:crypto'
import { OttlError } from './errors.ts'
import { define, type Functions, type OttlFunction } from './function.ts'
import { any, int, list, optional, regex, string, text, values, word } from './params.ts'
import { textOf } from './texts.ts'
import { isList, isMap, intOf, Float, type Value } from './values.ts'

function hash(algorithm: string): OttlFunction {
  return define(
    'string',
    [string('value')],
    (value) => (env) => createHash(algorithm).update(value(env)).digest('hex'),
  )
}

/** FNV-1a of 64 bits, as an int64. */
function fnv(value: string): Value {
  let digest = 0xcbf29ce484222325n
  for (const byte of Buffer.from(value)) {
    digest = BigInt.asUintN(64, (digest ^ BigInt(byte)) * 0x100000001b3n)
  }
  return intOf(BigInt.asIntN(64, digest))
}

function concat(parts: readonly Value[], delimiter: string): string {
  const texts: string[] = []
  for (const part of parts) {
    if (isList(part) || isMap(part)) continue
    if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString('hex'))
    else texts.push(textOf(part) ?? '<nil>')
  }
  return texts.join(delimiter)
}

/** By bytes, as Go does. */
function substring(target: string, start: number, length: number): string {
  const bytes = Buffer.from(target)
  if (start < 0) throw new OttlError(`a substring begins at 0 or later, not at ${start}`)
  if (length <= 0) throw new OttlError(`a substring has at least 1 byte, not ${length}`)
  if (start + length > bytes.length) {
    throw new OttlError(
      `bytes ${start} to ${start + length} are outside of a string of ${bytes.length}`,
    )
  }
  return bytes.toString('utf8', start, start + length)
}

const CASES: Readonly<Record<string, (value: string) => string>> = {
  lower: (value) => value.toLowerCase(),
  upper: (value) => value.toUpperCase(),
  snake: (value) => wordsOf(value).join('_').toLowerCase(),
  camel: (value) =>
    wordsOf(value)
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join(''),
}

/** Words begin behind what is no letter or digit, and at capitals behind small letters. */
function wordsOf(value: string): string[] {
  return value
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
}

function cased(name: string): OttlFunction {
  const change = CASES[name] as (value: string) => string
  return define('string', [string('target')], (target) => (env) => change(target(env)))
}

function hex(value: Value): Value {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (typeof value === 'boolean') return value ? '01' : '00'
  const bytes = Buffer.alloc(8)
  if (value instanceof Float) bytes.writeDoubleBE(value.value)
  else if (typeof value === 'bigint') bytes.writeBigInt64BE(value)
  else if (typeof value !== 'number') return null
  else if (Number.isSafeInteger(value)) bytes.writeBigInt64BE(BigInt(value))
  else bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}

const BASE64 = {
  base64: 'base64',
  'base64-raw': 'base64',
  'base64-url': 'base64url',
  'base64-raw-url': 'base64url',
} as const
type Base64 = keyof typeof BASE64
const VARIANTS = Object.keys(BASE64)

function base64(value: string, variant: Base64): string {
  const encoded = Buffer.from(value).toString(BASE64[variant])
  const bare = encoded.replace(/=+$/, '')
  if (variant.includes('raw')) return bare
  return bare + '='.repeat((4 - (bare.length % 4)) % 4)
}

function decoded(value: Value, encoding: string): string {
  const source = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
  if (typeof source !== 'string') throw new OttlError('expected a string or bytes to decode')
  if (!/^[\w+/-]*={0,2}$/.test(source)) throw new OttlError(`the text is no ${encoding}`)
  return Buffer.from(source, 'base64').toString('utf8')
}

/** `%s`, `%d`, `%v`, `%f`, `%x`, `%t` and `%%` with flags, width and precision, as Go has them. */
const VERB = /%([-+0 ]*)(\d{1,3})?(?:\.(\d{1,2}))?([sdvfxtq%])/g

function formatted(format: string, args: readonly Value[]): string {
  let next = 0
  return format.replaceAll(
    VERB,
    (_, flags: string, width?: string, precision?: string, verb?: string) => {
      if (verb === '%') return '%'
      if (next >= args.length) return `%!${verb}(MISSING)`
      const text = verbText(verb as string, args[next++] as Value, precision)
      if (width === undefined) return text
      if (flags.includes('-')) return text.padEnd(Number(width))
      const zeros = flags.includes('0') && verb !== 's' && verb !== 'v'
      if (!zeros) return text.padStart(Number(width))
      const sign = /^[-+]/.exec(text)?.[0] ?? ''
      return sign + text.slice(sign.length).padStart(Number(width) - sign.length, '0')
    },
  )
}

function verbText(verb: string, value: Value, precision: string | undefined): string {
  const text = textOf(value) ?? '<nil>'
  if (verb === 'f') return Number(text).toFixed(precision === undefined ? 6 : Number(precision))
  if (verb === 'x')
    return typeof value === 'number' ? value.toString(16) : (textOf(hex(value)) ?? '')
  if (verb === 'q') return JSON.stringify(text)
  return verb === 's' && precision !== undefined ? text.slice(0, Number(precision)) : text
}

/** Texts, made and taken apart. */
export const textConverters: Functions = {
  IsMatch: define('bool', [text('target'), regex('pattern')], (target, pattern) => (env) => {
    const found = target(env)
    return found !== undefined && pattern(env).test(found)
  }),
  HasPrefix: define(
    'bool',
    [string('value'), string('prefix')],
    (value, prefix) => (env) => value(env).startsWith(prefix(env)),
  ),
  HasSuffix: define(
    'bool',
    [string('value'), string('suffix')],
    (value, suffix) => (env) => value(env).endsWith(suffix(env)),
  ),
  Concat: define(
    'string',
    [values('values'), string('delimiter')],
    (parts, delimiter) => (env) => concat(parts(env), delimiter(env)),
  ),
  Split: define('list', [string('target'), string('delimiter')], (target, delimiter) => (env) => {
    const by = delimiter(env)
    return by === '' ? [...target(env)] : target(env).split(by)
  }),
  Substring: define(
    'string',
    [string('target'), int('start'), int('length')],
    (target, start, length) => (env) => substring(target(env), start(env), length(env)),
  ),
  Trim: define(
    'string',
    [string('target'), optional(string('replacement'))],
    (target, cut) => (env) => trimmed(target(env), cut?.(env) ?? ' '),
  ),
  TrimPrefix: define('string', [string('target'), string('prefix')], (target, prefix) => (env) => {
    const [whole, start] = [target(env), prefix(env)]
    return whole.startsWith(start) ? whole.slice(start.length) : whole
  }),
  TrimSuffix: define('string', [string('target'), string('suffix')], (target, suffix) => (env) => {
    const [whole, end] = [target(env), suffix(env)]
    return whole.endsWith(end) ? whole.slice(0, whole.length - end.length) : whole
  }),
  ConvertCase: define(
    'string',
    [string('target'), word('toCase', Object.keys(CASES))],
    (target, name) => {
      const change = CASES[name] as (value: string) => string
      return (env) => change(target(env))
    },
  ),
  ToLowerCase: cased('lower'),
  ToUpperCase: cased('upper'),
  ToSnakeCase: cased('snake'),
  ToCamelCase: cased('camel'),
  MD5: hash('md5'),
  SHA1: hash('sha1'),
  SHA256: hash('sha256'),
  SHA512: hash('sha512'),
  FNV: define('int', [string('value')], (value) => (env) => fnv(value(env))),
  Hex: define('any', [any('value')], (value) => (env) => hex(value(env))),
  Base64Encode: define(
    'string',
    [string('value'), optional(word('variant', VARIANTS))],
    (value, variant) => (env) => base64(value(env), (variant ?? 'base64') as Base64),
  ),
  Decode: define(
    'string',
    [any('value'), word('encoding', VARIANTS)],
    (value, encoding) => (env) => decoded(value(env), encoding),
  ),
  Format: define(
    'string',
    [string('formatString'), list('formatArguments')],
    (format, args) => (env) => formatted(format(env), args(env)),
  ),
}

function trimmed(target: string, cut: string): string {
  let [from, to] = [0, target.length]
  while (from < to && cut.includes(target[from] as string)) from++
  while (to > from && cut.includes(target[to - 1] as string)) to--
  return target.slice(from, to)
}
