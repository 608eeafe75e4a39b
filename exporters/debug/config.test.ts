import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../src/config/problems.ts'
import { checkSchema } from '../../src/config/schema.ts'
import { loadYaml } from '../../src/config/source.ts'
import { debugConfig } from './config.ts'

/** The value of an exporter in a file of testdata, or the problems found in it. */
function read(name: string, id = 'debug') {
  const text = readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
  const { root } = loadYaml(text, name)
  const checked = checkSchema(debugConfig, root!, ['exporters', id])
  return checked.ok ? checked.value : checked.problems.map(formatProblem)
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(read('only_defaults.yaml')).toEqual({
      verbosity: 'basic',
      max_lines_per_second: 50,
      summary_interval: 10_000,
      color: 'auto',
    })
  })

  it('takes all options', () => {
    expect(read('all_options.yaml', 'debug/all')).toEqual({
      verbosity: 'detailed',
      max_lines_per_second: 200,
      summary_interval: 60_000,
      color: 'never',
      colour: 'always',
    })
  })

  it.each([
    [
      'bad_verbosity.yaml',
      [
        '3:16: exporters.debug.verbosity: expected "basic", "normal" or "detailed", received "loud"',
      ],
    ],
    [
      'bad_interval.yaml',
      [
        '3:23: exporters.debug.summary_interval: expected a duration with a unit, such as "10s" or "200ms", received 10',
      ],
    ],
    [
      'bad_short_interval.yaml',
      [
        '3:23: exporters.debug.summary_interval: expected 0s or a duration from 1s to 1h, received "200ms"',
      ],
    ],
    [
      'bad_key.yaml',
      [
        '4:27: exporters.debug.max_lines_per_second: expected a number of at least 0, received -1',
        '3:5: exporters.debug: unknown key "verbosty", did you mean "verbosity"?',
      ],
    ],
  ])('tells what is wrong in %s', (name, problems) => {
    expect(read(name)).toEqual(problems.map((problem) => `${name}:${problem}`))
  })
})
