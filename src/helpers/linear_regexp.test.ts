import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { regexOf } from '../ottl/regex.ts'
import { anyOf, linearRegExp, matchesAny, patternFault, type Match } from './linear_regexp.ts'
import { shapeOf } from './regexp_shape.ts'

/** Numbers from 0 up to `below`, the same in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

const ATOMS = [
  'a',
  'b',
  '/',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '[a-c0-9]',
  '\\w',
  '\\.',
  '\\s',
  '\\S',
  '\\W',
]
const TIMES = ['', '', '', '?', '*', '+', '{2}', '{1,2}', '{2,}']
const LETTERS = [
  'a',
  'b',
  'c',
  '0',
  '9',
  '/',
  '.',
  ' ',
  '\n',
  '\r',
  'ä',
  '\u{1F41D}',
  '\u2028',
  '_',
]

function randomPattern(random: (below: number) => number, depth = 0): string {
  const sequence = (): string =>
    Array.from({ length: 1 + random(4) }, () => {
      if (depth < 2 && random(5) === 0) {
        const start = ['(', '(?:', `(?P<g${random(1000)}>`][random(3)] as string
        return `${start}${randomPattern(random, depth + 1)})${random(3) === 0 ? '?' : ''}`
      }
      return (ATOMS[random(ATOMS.length)] as string) + (TIMES[random(TIMES.length)] as string)
    }).join('')
  const pattern = random(4) === 0 ? `${sequence()}|${sequence()}` : sequence()
  if (depth > 0) return pattern
  return (random(4) === 0 ? '^' : '') + pattern + (random(4) === 0 ? '$' : '')
}

function engineMatch(engine: RE2JS, text: string): Match | undefined {
  const matcher = engine.matcher(text)
  if (!matcher.find()) return undefined
  return Array.from({ length: engine.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
}

function engineReplace(engine: RE2JS, text: string): string | undefined {
  const matcher = engine.matcher(text)
  let [result, end] = ['', 0]
  while (matcher.find()) {
    result += `${text.slice(end, matcher.start())}<${matcher.group()}>`
    end = matcher.end()
  }
  return result === '' && end === 0 ? undefined : result + text.slice(end)
}

describe('a regular expression', () => {
  it('matches as RE2 does, whichever engine runs it', () => {
    const random = randomOf(7)
    let native = 0
    for (let n = 0; n < 600; n++) {
      const pattern = randomPattern(random)
      if (patternFault(pattern) !== undefined) continue
      const [ours, engine] = [linearRegExp(pattern), RE2JS.compile(pattern)]
      if (shapeOf(pattern)?.native !== undefined) native++
      for (let i = 0; i < 4; i++) {
        const length = random(12)
        const text = Array.from({ length }, () => LETTERS[random(LETTERS.length)]).join('')
        const seen = { pattern, text, test: ours.test(text), match: plain(ours.exec(text)) }
        const match = plain(engineMatch(engine, text))
        expect(seen).toEqual({ pattern, text, test: match !== undefined, match })
        expect([pattern, text, ours.replace(text, ([all]) => `<${all}>`)]).toEqual([
          pattern,
          text,
          engineReplace(engine, text),
        ])
      }
    }
    expect(native).toBeGreaterThan(100)
  })

  it.each([
    '^GET /(metrics|ready)$',
    '/[0-9]+',
    '4[0-9]{12}(?:[0-9]{3})?',
    '^/orders/(?P<order>[^/]+)/items$',
    '[0-9a-f]{8}-[0-9a-f]{4}',
    'error|failed|panic: .+',
  ])('runs in the engine of JavaScript where that is linear too: %s', (pattern) => {
    expect(shapeOf(pattern)?.native).toBeDefined()
  })

  it.each([
    ['is tried again at each place', '[0-9]+x'],
    ['goes to the end from each place', '[0-9]+$'],
    ['has two parts without bound', '^a*a*b'],
    ['has a repeated group', '(?:a+)+b'],
    ['has too many ways', '[ab]{0,9}[ab]{0,9}c'],
    ['looks too far', '[ab]{300}c'],
    ['can be empty', '[0-9]*'],
    ['has alternatives without bound in front of more', '(?:a+|b)c'],
  ])('does not run there where it %s: %s', (_, pattern) => {
    expect(linearRegExp(pattern)).toBeDefined()
    expect(shapeOf(pattern)?.native).toBeUndefined()
  })

  it('knows what every match has in it', () => {
    expect(shapeOf('[a-z.]+@[a-z.]+\\.[a-z]{2,}')?.required).toEqual(['@', '.'])
    expect(shapeOf('a+(?:bc)d?e|f')?.required).toEqual([])
    expect(shapeOf('x[ab]*(yz)+')?.required).toBeUndefined()
  })

  it('is told apart in texts beyond what the engine of JavaScript is given', () => {
    const text = `${'a'.repeat(70_000)}/12/3`
    expect(linearRegExp('/[0-9]+').replace(text, '#')).toBe(`${'a'.repeat(70_000)}##`)
    expect(linearRegExp('/([0-9]+)').exec(text)).toEqual(['/12', '12'])
  })

  it('puts a text with a dollar sign in as it is', () => {
    expect(linearRegExp('[0-9]+').replace('a1b22', '$&')).toBe('a$&b$&')
    expect(linearRegExp('[0-9]+').replace('ab', '-')).toBeUndefined()
  })

  it('is one of several in as few expressions as are quick', () => {
    const some = anyOf(['a[0-9]+', '(5[1-5])', '[a-z]+@[a-z]+x', '(?i)foo', '(?i)bar'])
    expect(some).toHaveLength(3)
    const texts = ['a7', '52', 'me@yoxu', 'FOO', 'Bar', 'nothing']
    expect(texts.filter((text) => matchesAny(some, text))).toEqual(texts.slice(0, -1))
  })

  it('has the same limits wherever it stands', () => {
    const long = 'a'.repeat(8193)
    const said = 'a regular expression has at most 8192 characters, this one 8193'
    expect(patternFault(long)).toBe(said)
    expect(() => linearRegExp(long)).toThrow(new Error(said))
    expect(() => regexOf(long)).toThrow(said)
  })
})

/** A match as a plain list: that of JavaScript has more to it. */
function plain(match: Match | undefined): Match | undefined {
  return match && [...match]
}
