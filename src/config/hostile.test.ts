import { describe, expect, it } from 'vitest'
import { parseConfig } from './config.ts'
import { formatProblem } from './problems.ts'
import { registry } from './testdata/registry.ts'

function linesOf(text: string): string[] {
  return parseConfig([{ name: 'a.yaml', text }], registry, { env: {} }).problems.map(formatProblem)
}

// A small generator with a seed, so that a failure can be seen again.
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const pieces = [
  'receivers',
  'exporters',
  'service',
  'pipelines',
  'otlp',
  'debug',
  'traces',
  '__proto__',
  ':',
  ': ',
  '- ',
  '\n',
  '  ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '? ',
  '|',
  '>',
  '#',
  '${',
  '}',
  '${env:A}',
  '$$',
  '0',
  '1.5',
  'null',
  '~',
  '\t',
  '\0',
  '\ud800',
  '\ufeff',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  'é',
  '🐝',
]

describe('a hostile text', () => {
  it('of random pieces gives problems with places, and throws nothing', () => {
    const random = randomFrom(42)
    for (let round = 0; round < 3000; round++) {
      const length = Math.floor(random() * 40)
      const text = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join(
        '',
      )
      const { config, problems } = parseConfig([{ name: 'a.yaml', text }], registry, { env: {} })
      expect({ text, config, silent: problems.length === 0 }).toEqual({ text, silent: false })
      for (const problem of problems)
        expect(formatProblem(problem)).toMatch(/^[^:]+:[1-9]\d*:[1-9]\d*: ./)
    }
  })

  it.each([
    ['lists', '- '.repeat(10_000), '1:201'],
    ['brackets', '['.repeat(10_000), '1:101'],
    ['closed brackets', '['.repeat(10_000) + ']'.repeat(10_000), '1:101'],
    ['braces', '{a: '.repeat(10_000), '1:401'],
    ['maps', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), '101:101'],
  ])('of %s in %s is refused for its depth', (_, text, place) => {
    expect(linesOf(text)).toEqual([`a.yaml:${place}: nested more than 100 levels deep`])
  })

  it('of a megabyte is read', () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `k${i}: [1, two]`).join('\n')
    expect(text.length).toBeGreaterThan(1_000_000)
    expect(linesOf(text)).toHaveLength(60_003)
  }, 60_000)

  it('of aliases that multiply is refused once', () => {
    const levels = Array.from(
      { length: 20 },
      (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`,
    )
    const text = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...levels].join('\n')
    expect(linesOf(text)).toEqual(['a.yaml:5:45: aliases repeat more than 100000 values'])
  })

  it('with NUL bytes is refused at the first of them', () => {
    expect(linesOf('a: b\nc: \0\0')).toEqual([
      'a.yaml:2:4: invalid YAML: control character U+0000 is not allowed',
    ])
  })
})
