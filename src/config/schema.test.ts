import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { expand } from './expand.ts'
import { formatProblem } from './problems.ts'
import { checkSchema } from './schema.ts'
import { loadYaml } from './source.ts'

function check(schema: z.ZodType, value: string) {
  const { root } = loadYaml(`key: ${value}`, 'a.yaml')
  const result = checkSchema(schema, root!, ['key'])
  return result.ok ? result.value : result.problems.map(formatProblem)
}

describe('a string field', () => {
  it.each(['0123', '1.10', '0x1F', 'true', '2024-01-01', 'yes', '1e3', '12345678901234567890'])(
    'keeps %s as written',
    (text) => {
      expect(check(z.string(), text)).toBe(text)
      expect(check(z.record(z.string(), z.string()), `{a: ${text}}`)).toEqual({ a: text })
      expect(check(z.array(z.string()), `[${text}]`)).toEqual([text])
      expect(check(z.union([z.string(), z.array(z.string())]), `[${text}]`)).toEqual([text])
    },
  )

  it('keeps a number where its choices are texts', () => {
    expect(check(z.enum(['1.0', '1.10']), '1.10')).toBe('1.10')
    expect(check(z.literal('2'), '2')).toBe('2')
  })

  it('leaves a number alone where one is taken', () => {
    expect(check(z.union([z.number(), z.string()]), '1.10')).toBe(1.1)
  })
})

describe('a string field given a whole variable', () => {
  it.each(['0123', 'null', '{a: 1}', '[x', 'a # b', ' "x" '])('keeps %j as it is', (text) => {
    const { root } = loadYaml('key: ${env:X}', 'a.yaml')
    const { node } = expand(root!, { env: { X: text }, readFile: () => '' })
    expect(checkSchema(z.string(), node, ['key'])).toMatchObject({ ok: true, value: text })
  })
})

describe('an empty value', () => {
  const inner = z.strictObject({ a: z.number().default(1) })

  it.each<[string, z.ZodType, unknown]>([
    ['a map', inner, { a: 1 }],
    ['a map that may be left out', inner.optional(), { a: 1 }],
    ['a map of free keys', z.record(z.string(), z.number()), {}],
    ['a map or a text', z.union([z.string(), inner]), { a: 1 }],
    ['a text that may be left out', z.string().optional(), undefined],
    ['a number with a default', z.number().default(3), 3],
    ['a list with a default', z.array(z.number()).default([1]), [1]],
    ['anything', z.unknown(), null],
    ['a text or nothing', z.string().nullable(), null],
  ])('is fine for %s', (_, schema, value) => {
    expect(check(z.strictObject({ f: schema }), '{f: }')).toEqual(
      value === undefined ? {} : { f: value },
    )
  })

  it('is not enough for a field that is required', () => {
    expect(check(z.strictObject({ f: z.string() }), '{f: }')).toEqual([
      'a.yaml:1:7: key.f: required',
    ])
    expect(check(z.array(z.string()), '[a, ~]')).toEqual([
      'a.yaml:1:10: key[1]: expected a string, received nothing',
    ])
  })
})

describe('a problem', () => {
  const shape = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('circle'), r: z.number() }),
    z.strictObject({ kind: z.literal('square'), side: z.number() }),
  ])
  const key = z.record(z.string().regex(/^[a-z]+$/, 'expected small letters'), z.number())

  it.each<[string, z.ZodType, string, string]>([
    ['a wrong type', z.number(), 'abc', '1:6: key: expected a number, received "abc"'],
    [
      'a long text',
      z.number(),
      'x'.repeat(80),
      `1:6: key: expected a number, received "${'x'.repeat(60)}…"`,
    ],
    ['a map', z.boolean(), '{a: 1}', '1:6: key: expected true or false, received a map'],
    ['a map', z.array(z.any()), '{a: 1}', '1:6: key: expected a list, received a map'],
    ['a fraction', z.int(), '1.5', '1:6: key: expected a whole number, received 1.5'],
    ['infinity', z.number(), '.inf', '1:6: key: expected a number, received .inf'],
    [
      'a low number',
      z.number().min(1),
      '0',
      '1:6: key: expected a number of at least 1, received 0',
    ],
    [
      'a high number',
      z.number().lt(1),
      '1',
      '1:6: key: expected a number of less than 1, received 1',
    ],
    [
      'an empty text',
      z.string().min(1),
      '""',
      '1:6: key: expected at least 1 character, received ""',
    ],
    [
      'a long list',
      z.array(z.any()).max(2),
      '[1, 2, 3]',
      '1:6: key: expected at most 2 items, received a list',
    ],
    [
      'a pattern',
      z.string().regex(/^a+$/),
      'b',
      '1:6: key: expected a text like /^a+$/, received "b"',
    ],
    ['a format', z.url(), 'b', '1:6: key: expected a valid url, received "b"'],
    ['a step', z.number().multipleOf(5), '3', '1:6: key: expected a multiple of 5, received 3'],
    [
      'a choice',
      z.enum(['gzip', 'none']),
      'gzp',
      '1:6: key: expected "gzip" or "none", received "gzp", did you mean "gzip"?',
    ],
    [
      'a union',
      z.union([z.number(), z.boolean()]),
      'b',
      '1:6: key: expected a number or true or false, received "b"',
    ],
    ['a key', key, '{A: 1}', '1:7: key: key "A": expected small letters'],
    [
      'a variant',
      shape,
      '{kind: cube}',
      '1:13: key.kind: expected "circle" or "square", received "cube"',
    ],
    [
      'a part of a variant',
      shape,
      '{kind: circle, r: a}',
      '1:24: key.r: expected a number, received "a"',
    ],
    ['a check', z.any().refine(() => false, 'too odd'), '1', '1:6: key: too odd, received 1'],
    [
      'a check',
      z.any().refine(() => false, 'expected less'),
      '1',
      '1:6: key: expected less, received 1',
    ],
    ['no text', z.any().refine(() => false), '1', '1:6: key: not a valid value, received 1'],
  ])('with %s is said in words', (_, schema, value, line) => {
    expect(check(schema, value)).toEqual([`a.yaml:${line}`])
  })

  it('stands at each unknown key', () => {
    const schema = z.strictObject({ endpoint: z.any().optional(), tls: z.any().optional() })
    expect(check(schema, '{endpont: 1, zebra: 2}')).toEqual([
      'a.yaml:1:7: key: unknown key "endpont", did you mean "endpoint"?',
      'a.yaml:1:19: key: unknown key "zebra" (known: endpoint, tls)',
    ])
    expect(check(z.strictObject({}), '{a: 1}')).toEqual(['a.yaml:1:7: key: unknown key "a"'])
  })
})
