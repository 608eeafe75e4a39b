import { OttlSyntaxError } from './errors.ts'
import { unquoted } from './unquote.ts'

/** What a token is; `name` is an identifier of any case. */
export type TokenKind = 'name' | 'string' | 'int' | 'float' | 'bytes' | 'symbol' | 'end'

/** A piece of a statement. */
export interface Token {
  readonly kind: TokenKind
  /** As it is written; of a string what it stands for. */
  readonly text: string
  /** Where it begins. */
  readonly at: number
}

/** The most that a statement or condition may have, in bytes of UTF-8. */
export const MAX_STATEMENT_BYTES = 64 * 1024

const WHITE = /\s+/y
const BYTES = /0x[\da-fA-F]+/y
const FLOAT = /[-+]?\d*\.\d+(?:[eE][-+]?\d+)?/y
const INT = /[-+]?\d+/y
const STRING = /"(?:\\[^]|[^\\"])*"/y
const NAME = /[A-Za-z][A-Za-z0-9_]*/y
const SYMBOL = /==|!=|>=|<=|[-<>=+*/(){}:,.[\]]/y

/** The tokens of a text, the last of them `end`. Throws OttlSyntaxError. */
export function tokensOf(text: string): Token[] {
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_STATEMENT_BYTES) {
    throw new OttlSyntaxError(
      `expected at most ${MAX_STATEMENT_BYTES} bytes, received ${bytes}`,
      MAX_STATEMENT_BYTES,
    )
  }
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    at += matched(WHITE, text, at).length
    if (at === text.length) break
    const written = tokenAt(text, at, tokens.at(-1))
    tokens.push(written.token)
    at = written.to
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

function tokenAt(
  text: string,
  at: number,
  before: Token | undefined,
): { token: Token; to: number } {
  // A sign belongs to a number only where no value stands in front of it: `1 -1` is a difference.
  const isSigned = (text[at] === '-' || text[at] === '+') && endsValue(before)
  for (const [kind, pattern] of isSigned ? [] : NUMBERS) {
    const found = matched(pattern, text, at)
    if (found !== '') return { token: { kind, text: found, at }, to: at + found.length }
  }
  const quoted = matched(STRING, text, at)
  if (quoted !== '') {
    return { token: { kind: 'string', text: unquoted(quoted, at), at }, to: at + quoted.length }
  }
  for (const [kind, pattern] of WORDS) {
    const found = matched(pattern, text, at)
    if (found !== '') return { token: { kind, text: found, at }, to: at + found.length }
  }
  if (text[at] === '"') throw new OttlSyntaxError('a string has no end', at)
  const found = String.fromCodePoint(text.codePointAt(at) as number)
  throw new OttlSyntaxError(`unexpected ${JSON.stringify(found)}`, at)
}

const NUMBERS = [
  ['bytes', BYTES],
  ['float', FLOAT],
  ['int', INT],
] as const
const WORDS = [
  ['name', NAME],
  ['symbol', SYMBOL],
] as const

/** Words that no value ends with. */
const OPERATORS = new Set(['and', 'or', 'not', 'where'])

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'symbol') return token.text === ')' || token.text === ']' || token.text === '}'
  return !OPERATORS.has(token.text)
}

function matched(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}
