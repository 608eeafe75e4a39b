import { describe, expect, it } from 'vitest'
import { compileCondition, compileStatement, OttlError, OttlSyntaxError } from './index.ts'
import { spanEnv, spanOut } from './envs_for_tests.ts'
import { generator } from '../pdata/random_requests_for_tests.ts'
import { attributes } from './batches_for_tests.ts'

const span = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'a',
  attributes: attributes({ a: 1, b: 'x', c: [1, { d: 0.5 }], __proto__x: true, constructor: 'y' }),
}

function syntaxError(text: string): string {
  try {
    compileCondition('span', text)
  } catch (error) {
    if (error instanceof OttlSyntaxError) return error.message
    throw error
  }
  return 'none'
}

describe('a text that is meant to hurt', () => {
  it('has at most 64 KiB', () => {
    const most = `name == "${'x'.repeat(64 * 1024 - 10)}"`
    expect(syntaxError(most)).toBe('none')
    expect(syntaxError(`${most} `)).toBe(
      'expected at most 65536 bytes, received 65537, at character 65537',
    )
    expect(syntaxError(`name == "${'x'.repeat(100_000)}"`)).toBe(
      'expected at most 65536 bytes, received 100010, at character 65537',
    )
    expect(syntaxError(`name == "${'€'.repeat(30_000)}"`)).toBe(
      'expected at most 65536 bytes, received 90010, at character 65537',
    )
  })

  it.each([
    ['('.repeat(30_000), 'nested deeper than 64, at character 66'],
    [`name == ${'['.repeat(30_000)}`, 'nested deeper than 64, at character 74'],
    ['not '.repeat(15_000), 'nested deeper than 64, at character 261'],
    [`${'Len('.repeat(15_000)}`, 'nested deeper than 64, at character 261'],
    [`name == attributes${'[attributes'.repeat(5000)}`, 'nested deeper than 64, at character 724'],
  ])('nests at most 64 deep: %.12s…', (text, message) => {
    expect(syntaxError(text)).toBe(message)
  })

  it('may be long without being deep', () => {
    const sum = `${'1 + '.repeat(15_000)}1 == 15001`
    expect(compileCondition('span', sum).test(spanEnv(span))).toBe(true)
    const many = `${'name == "b" or '.repeat(4000)}name == "a"`
    expect(compileCondition('span', many).test(spanEnv(span))).toBe(true)
  })

  it.each([
    [
      'x'.repeat(8193),
      'a regular expression has at most 8192 characters, this one 8193, at character 15',
    ],
    [
      '(?=x)',
      'the regular expression cannot be read: error parsing regexp: invalid or unsupported Perl syntax: `(?=`, at character 15',
    ],
    [
      '(a)\\\\1',
      'the regular expression cannot be read: error parsing regexp: invalid escape sequence: `\\1`, at character 15',
    ],
    [
      'a{2000}',
      'the regular expression cannot be read: error parsing regexp: invalid repeat count: `{2000}`, at character 15',
    ],
    [
      '((a{100}){100}){100}',
      'the regular expression cannot be read: error parsing regexp: invalid repeat count: `{100}`, at character 15',
    ],
  ])('has no expression that costs too much: %.20s', (pattern, message) => {
    expect(syntaxError(`IsMatch(name, "${pattern}")`)).toBe(message)
  })

  it('is refused with a position or taken, whatever it is made of', () => {
    const below = generator(7)
    const words = [
      'name',
      'attributes["a"]',
      '==',
      '!=',
      '<',
      '+',
      '-',
      '*',
      '/',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      '.',
      ':',
      '=',
      '1',
      '-1',
      '.5',
      '"x"',
      '"',
      'nil',
      'true',
      'not',
      'and',
      'or',
      'where',
      'IsMatch(',
      'Concat([',
      'Int(',
      'SHA256',
      'SPAN_KIND_SERVER',
      '0x',
      '0xff',
      'span',
      'resource.',
      'log.body',
      '\\',
      '\u{1f41d}',
      '\0',
      'set(',
      'cache',
    ]
    let taken = 0
    for (let i = 0; i < 4_000; i++) {
      const text = Array.from({ length: 1 + below(12) }, () => words[below(words.length)]).join(
        below(3) ? ' ' : '',
      )
      for (const compile of [compileCondition, compileStatement]) {
        try {
          const made = compile('span', text)
          taken++
          if ('test' in made) made.test(spanEnv(span))
          else made.run(spanEnv(span))
        } catch (error) {
          if (error instanceof OttlSyntaxError)
            expect(error.position).toBeLessThanOrEqual(text.length)
          else expect(error).toBeInstanceOf(OttlError)
        }
      }
    }
    expect(taken).toBeGreaterThan(0)
  })
})

describe('values that are meant to hurt', () => {
  it('match in time that grows with the text, where backtracking would never end', () => {
    const env = spanEnv({ ...span, name: `${'a'.repeat(100_000)}!` })
    for (const pattern of [
      '(a+)+$',
      '(a|aa)+$',
      '(a*)*b',
      '([a-z]+)*\\\\d',
      '(.*)(.*)(.*)(.*)[^!a]$',
    ]) {
      expect(compileCondition('span', `IsMatch(name, "${pattern}")`).test(env)).toBe(false)
    }
  })

  it('are read and written whatever their names', () => {
    const env = spanEnv({
      ...span,
      attributes: attributes({ ['__proto__']: 'p', constructor: 'c' }),
    })
    compileStatement(
      'span',
      'set(attributes["__proto__"], Concat([attributes["__proto__"], attributes["toString"]], "-"))',
    ).run(env)
    expect(Object.entries(spanOut(env).attributes)).toEqual([
      ['__proto__', 'p-<nil>'],
      ['constructor', 'c'],
    ])
  })

  it('are JSON of a depth that others can read', () => {
    const parse = (depth: number): boolean =>
      compileCondition('span', 'IsList(ParseJSON(name))').test(
        spanEnv({ ...span, name: '['.repeat(depth) + ']'.repeat(depth) }),
      )
    expect(parse(32)).toBe(true)
    expect(() => parse(34)).toThrow('the JSON is nested deeper than 32')
    expect(() => parse(20_000)).toThrow(OttlError)
  })
})
