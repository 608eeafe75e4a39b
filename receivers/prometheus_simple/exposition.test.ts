import { describe, expect, it } from 'vitest'
import { readPage, type Family, type Sample, type TextFormat } from './exposition.ts'

function read(text: string, format: TextFormat = 'text') {
  const families = new Map<string, Family>()
  const samples: Sample[] = []
  readPage(text, format, {
    family: (name) => {
      const known = families.get(name)
      if (known) return known
      const family: Family = { name, type: 'unknown', help: '', unit: '' }
      families.set(name, family)
      return family
    },
    sample: (sample) => void samples.push(sample),
  })
  return { families: [...families.values()], samples }
}

const plain = (name: string, value: number, labels: string[] = []) => ({
  name,
  labels,
  value,
  timeMs: undefined,
  exemplar: undefined,
})

describe('a line of the text format', () => {
  it.each<[string, object]>([
    ['up 1', plain('up', 1)],
    ['  up\t 1  ', plain('up', 1)],
    ['up 1\r', plain('up', 1)],
    ['up{} 1', plain('up', 1)],
    ['up{a="b"} 1', plain('up', 1, ['a', 'b'])],
    ['up { a = "b" , c="d", } 1', plain('up', 1, ['a', 'b', 'c', 'd'])],
    ['job:up:sum{a=""} 1', plain('job:up:sum', 1, ['a', ''])],
    ['up{a="\\\\ \\" \\n \\x é 🐝 } # {"} 1', plain('up', 1, ['a', '\\ " \n x é 🐝 } # {'])],
    ['{"http.io",a="b"} 1', plain('http.io', 1, ['a', 'b'])],
    ['up{"http.route"="/"} 1', plain('up', 1, ['http.route', '/'])],
    ['up NaN', plain('up', NaN)],
    ['up +Inf', plain('up', Infinity)],
    ['up -inf', plain('up', -Infinity)],
    ['up -1.5e-3', plain('up', -0.0015)],
    ['up .5', plain('up', 0.5)],
    ['up 1 1700000000123', { ...plain('up', 1), timeMs: 1_700_000_000_123 }],
  ])('is read: %j', (line, sample) => {
    expect(read(`${line}\n`).samples).toEqual([sample])
  })

  it.each([
    ['up', 'column 3: expected a number, found the end of the line'],
    ['up one', 'column 4: expected a number, found "one"'],
    ['up 0x10', 'column 4: expected a number, found "0x10"'],
    ['up 1 2 3', 'column 8: expected the end of the line, found "3"'],
    ['up 1 soon', 'column 6: expected a time, found "soon"'],
    ['up{a} 1', 'column 5: expected "=", found "} 1"'],
    ['up{a=b} 1', 'column 6: expected a value in quotes, found "b} 1"'],
    ['up{a="b} 1', 'column 11: expected a quote that ends the text, found the end of the line'],
    ['up{a="b\\', 'column 9: expected a quote that ends the text, found the end of the line'],
    ['up{a="b" c="d"} 1', 'column 10: expected "," or "}", found "c=\\"d\\"} 1"'],
    ['up{a="b"', 'column 9: expected "," or "}", found the end of the line'],
    ['up{1a="b"} 1', 'column 4: expected the name of a label or "}", found "1a=\\"b\\"} 1"'],
    ['1up 1', 'column 1: expected the name of a metric, found "1up 1"'],
    ['{a="b"} 1', 'column 8: expected the name of a metric in quotes, found " 1"'],
    [
      '# TYPE up number',
      'column 11: expected a type (counter, gauge, histogram, gaugehistogram, summary, unknown, info, stateset), found "number"',
    ],
    ['<html>', 'column 1: expected the name of a metric, found "<html>"'],
  ])('is wrong, and where: %j', (line, message) => {
    expect(() => read(`ok 1\n\n${line}\n`)).toThrow(`line 3, ${message}`)
  })

  it('tells type, unit and help before it, and other comments tell nothing', () => {
    const { families, samples } = read(
      '#comment\n# HELP io Bytes \\\\ of\\nall.\n# TYPE io counter\n# UNIT io bytes\n# TYPE x untyped\n# else\n',
    )
    expect(families).toEqual([
      { name: 'io', type: 'counter', unit: 'bytes', help: 'Bytes \\ of\nall.' },
      { name: 'x', type: 'unknown', unit: '', help: '' },
    ])
    expect(samples).toEqual([])
  })

  it('needs no line break at the end of the page', () => {
    expect(read('up 1').samples).toEqual([plain('up', 1)])
  })

  it('is read in time linear in its length', () => {
    const label = `up{a="${'\\\\'.repeat(200_000)}"} 1\n`
    expect(read(label).samples[0]?.labels[1]).toHaveLength(200_000)
    expect(() => read(`up{${'a="",'.repeat(100_000)}`)).toThrow('expected the name of a label')
  })
})

describe('a page of OpenMetrics', () => {
  it('has times in seconds, and exemplars', () => {
    const { samples } = read(
      'io_total{a="b"} 7 1700000000.5 # {trace_id="abc",b="c"} 0.5 1700000000.25\nio_total 1 # {} 2\n# EOF\n',
      'openmetrics',
    )
    expect(samples).toEqual([
      {
        name: 'io_total',
        labels: ['a', 'b'],
        value: 7,
        timeMs: 1_700_000_000_500,
        exemplar: { labels: ['trace_id', 'abc', 'b', 'c'], value: 0.5, timeMs: 1_700_000_000_250 },
      },
      { ...plain('io_total', 1), exemplar: { labels: [], value: 2, timeMs: undefined } },
    ])
  })

  it.each([
    ['up 1\n', 'line 2, column 1: expected # EOF, found the end of the line'],
    ['up 1\n# EOF\nup 2\n', 'line 3, column 1: expected nothing, found "up 2\\n"'],
    [
      'up 1 # {a="b"}\n# EOF\n',
      "line 1, column 15: expected an exemplar's number, found the end of the line",
    ],
    ['up 1 # a\n# EOF\n', 'line 1, column 8: expected "{" of an exemplar, found "a"'],
  ])('that is wrong says where: %j', (text, message) => {
    expect(() => read(text, 'openmetrics')).toThrow(message)
  })
})
