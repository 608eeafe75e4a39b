import type {
  Argument,
  Call,
  Chain,
  Comparison,
  Expression,
  Key,
  Operand,
  Path,
  PathPart,
  Statement,
} from './ast.ts'
import { OttlSyntaxError } from './errors.ts'
import { tokensOf, type Token } from './tokens.ts'

/** How deep parentheses, lists, maps and calls may lie in each other. */
export const MAX_DEPTH = 64

/** Parses `set(name, "x") where kind == 1`. Throws OttlSyntaxError. */
export function parseStatement(text: string): Statement {
  return new Parser(text).statement()
}

/** Parses `kind == 1 and name != "x"`. Throws OttlSyntaxError. */
export function parseCondition(text: string): Expression {
  return new Parser(text).condition()
}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>='])
const RESERVED = new Set(['and', 'or', 'not', 'where', 'true', 'false', 'nil'])

/** Recursive descent over the grammar of docs/ottl.md; what may stand where is checked afterwards. */
class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  statement(): Statement {
    const { kind, text, at } = this.#token
    if (kind !== 'name' || RESERVED.has(text)) this.#fail('expected an editor, such as set(…)')
    if (!/^[a-z]/.test(text)) {
      throw new OttlSyntaxError(
        `expected an editor, whose name begins with a small letter, received "${text}"`,
        at,
      )
    }
    const editor = this.#call()
    if (editor.keys.length > 0) {
      throw new OttlSyntaxError('an editor has no keys', (editor.keys[0] as Key).at)
    }
    const where = this.#takes('where') ? this.#expression() : undefined
    this.#ends(
      where === undefined ? 'expected "where" or the end' : 'expected an operator or the end',
    )
    return { editor, where }
  }

  condition(): Expression {
    const condition = this.#expression()
    this.#ends('expected an operator or the end')
    return condition
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  /** Takes the next token where it is this word or symbol. */
  #takes(text: string): boolean {
    const token = this.#token
    if (token.text !== text || (token.kind !== 'symbol' && token.kind !== 'name')) return false
    this.#next++
    return true
  }

  #expects(text: string): void {
    if (!this.#takes(text)) this.#fail(`expected "${text}"`)
  }

  #ends(expected: string): void {
    if (this.#token.kind !== 'end') this.#fail(expected)
  }

  #fail(expected: string): never {
    const { kind, text, at } = this.#token
    const received = kind === 'end' ? 'the end' : JSON.stringify(text)
    throw new OttlSyntaxError(`${expected}, received ${received}`, at)
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw new OttlSyntaxError(`nested deeper than ${MAX_DEPTH}`, this.#token.at)
    }
    const parsed = parse()
    this.#depth--
    return parsed
  }

  #expression(): Expression {
    return this.#chain('or', ['or'], () => this.#chain('and', ['and'], () => this.#negation()))
  }

  #chain(kind: Chain['kind'], operators: readonly string[], parse: () => Expression): Expression {
    const { at } = this.#token
    const first = parse()
    const rest: Operand[] = []
    for (;;) {
      const token = this.#token
      if (!operators.some((operator) => this.#takes(operator))) break
      rest.push({ operator: token.text, at: token.at, value: parse() })
    }
    return rest.length === 0 ? first : { kind, first, rest, at }
  }

  #negation(): Expression {
    const { at } = this.#token
    if (!this.#takes('not')) return this.#comparison()
    return { kind: 'not', value: this.#nested(() => this.#negation()), at }
  }

  #comparison(): Expression {
    const left = this.#sum()
    const { kind, text, at } = this.#token
    if (kind !== 'symbol' || !COMPARISONS.has(text)) return left
    this.#next++
    return {
      kind: 'comparison',
      operator: text as Comparison['operator'],
      left,
      right: this.#sum(),
      at,
    }
  }

  #sum(): Expression {
    return this.#chain('sum', ['+', '-'], () =>
      this.#chain('product', ['*', '/'], () => this.#value()),
    )
  }

  #value(): Expression {
    const { kind, text, at } = this.#token
    switch (kind) {
      case 'string':
      case 'int':
      case 'float':
      case 'bytes':
        this.#next++
        return { kind: 'literal', type: kind, text, at }
      case 'name':
        return this.#name()
      default:
        if (this.#takes('(')) return this.#nested(() => this.#parenthesised())
        if (this.#takes('[')) return this.#nested(() => this.#list(at))
        if (this.#takes('{')) return this.#nested(() => this.#map(at))
        return this.#fail('expected a value')
    }
  }

  #parenthesised(): Expression {
    const inner = this.#expression()
    this.#expects(')')
    return inner
  }

  #name(): Expression {
    const { text, at } = this.#token
    if (text === 'nil' || text === 'true' || text === 'false') {
      this.#next++
      return { kind: 'literal', type: text === 'nil' ? 'nil' : 'bool', text, at }
    }
    if (RESERVED.has(text)) this.#fail('expected a value')
    const next = this.#tokens[this.#next + 1] as Token
    if (next.text === '(' && next.kind === 'symbol') return this.#call()
    if (/^[a-z]/.test(text)) return this.#path()
    this.#next++
    return { kind: 'symbol', name: text, at }
  }

  #call(): Call {
    const { text: name, at } = this.#token
    this.#next++
    this.#expects('(')
    const args = this.#nested(() => this.#listed(')', () => this.#argument()))
    return { kind: 'call', name, args, keys: this.#keys(), at }
  }

  #argument(): Argument {
    const { kind, text, at } = this.#token
    const next = this.#tokens[this.#next + 1]
    if (kind !== 'name' || next?.kind !== 'symbol' || next.text !== '=') {
      return { name: undefined, value: this.#expression(), at }
    }
    this.#next += 2
    return { name: text, value: this.#expression(), at }
  }

  #path(): Path {
    const { at } = this.#token
    const parts = [this.#part()]
    while (this.#takes('.')) parts.push(this.#part())
    return { kind: 'path', parts, at }
  }

  #part(): PathPart {
    const { kind, text, at } = this.#token
    if (kind !== 'name' || !/^[a-z][a-z0-9_]*$/.test(text))
      this.#fail('expected the name of a field')
    this.#next++
    return { name: text, keys: this.#keys(), at }
  }

  #keys(): Key[] {
    const keys: Key[] = []
    while (this.#takes('[')) {
      keys.push(this.#nested(() => this.#key()))
      this.#expects(']')
    }
    return keys
  }

  #key(): Key {
    const { at } = this.#token
    const value = this.#sum()
    if (value.kind === 'literal' && value.type === 'string')
      return { kind: 'string', value: value.text, at }
    if (value.kind === 'literal' && value.type === 'int')
      return { kind: 'int', value: Number(value.text), at }
    if (value.kind === 'path' || value.kind === 'call' || value.kind === 'sum')
      return { kind: 'value', value, at }
    throw new OttlSyntaxError('expected a string, a whole number, a path or a converter as key', at)
  }

  #list(at: number): Expression {
    return { kind: 'list', values: this.#listed(']', () => this.#sum()), at }
  }

  #map(at: number): Expression {
    const entries = this.#listed('}', () => {
      const { kind, text } = this.#token
      if (kind !== 'string') this.#fail('expected a key in quotes')
      this.#next++
      this.#expects(':')
      return { key: text, value: this.#sum() }
    })
    return { kind: 'map', entries, at }
  }

  /** What is separated by commas, up to and with `close`. */
  #listed<T>(close: string, parse: () => T): T[] {
    if (this.#takes(close)) return []
    const items = [parse()]
    while (this.#takes(',')) items.push(parse())
    if (!this.#takes(close)) this.#fail(`expected "," or "${close}"`)
    return items
  }
}
