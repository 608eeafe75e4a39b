import { describe, expect, it } from 'vitest'
import { editDistance, nearest, suggestion } from './nearest.ts'
import { ConfigError, errorAt, formatPath, formatProblem, warningAt } from './problems.ts'

describe('a problem', () => {
  const at = { file: 'pipelines.yaml', line: 14, column: 20 }

  it('is printed with place and path', () => {
    const path = ['service', 'pipelines', 'traces', 'processors', 1]
    expect(formatProblem(errorAt(at, path, 'no'))).toBe(
      'pipelines.yaml:14:20: service.pipelines.traces.processors[1]: no',
    )
    expect(formatProblem(warningAt(at, [], 'odd'))).toBe('pipelines.yaml:14:20: warning: odd')
  })

  it('quotes keys in its path that would mislead', () => {
    expect(formatPath(['headers', 'a.b', 'x y', '', 'otlp/2'])).toBe(
      'headers["a.b"]["x y"][""].otlp/2',
    )
  })

  it('is listed with all others, by place, in a ConfigError', () => {
    const error = new ConfigError([
      errorAt({ file: 'b', line: 1, column: 1 }, [], 'four'),
      errorAt({ file: 'a', line: 10, column: 1 }, [], 'three'),
      errorAt({ file: 'a', line: 2, column: 3 }, [], 'two'),
      errorAt({ file: 'a', line: 2, column: 1 }, [], 'one'),
    ])
    expect(error.message).toBe('a:2:1: one\na:2:3: two\na:10:1: three\nb:1:1: four')
    expect(error.problems.map(({ message }) => message)).toEqual(['one', 'two', 'three', 'four'])
    expect(error).toMatchObject({ name: 'ConfigError' })
  })
})

describe('the nearest name', () => {
  it.each([
    ['endpont', 'endpoint'],
    ['otlpgrpc', 'otlp_grpc'],
    ['OTLP_GRPC', 'otlp_grpc'],
    ['bacth', 'batch'],
    ['warning', 'warn'],
    ['zebra', undefined],
    ['ab', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('to %s is %s', (name, expected) => {
    expect(nearest(name, ['endpoint', 'otlp_grpc', 'batch', 'warn', 'x'])).toBe(expected)
  })

  it('counts a swap of neighbours as one', () => {
    expect(editDistance('bacth', 'batch')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
    expect(editDistance('abc', 'abc')).toBe(0)
  })

  it('gives way to the list when none is near and the list is short', () => {
    expect(suggestion('zebra', ['a', 'b'])).toBe(' (known: a, b)')
    expect(suggestion('zebra', [])).toBe('')
    expect(
      suggestion(
        'zebra',
        Array.from({ length: 16 }, (_, i) => `k${i}`),
      ),
    ).toBe('')
  })
})
