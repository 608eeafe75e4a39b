import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { filter } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([filter]))
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('gives up a batch over a condition that fails unless it is told otherwise, as the Collector', () => {
  expect(filter.config.parse({})).toEqual({ error_mode: 'propagate' })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
  expect(errorsIn('all_options_older.yaml')).toEqual([])
})

it('says where in a condition a fault is, and where the condition stands', () => {
  expect(errorsIn('bad_conditions.yaml')).toEqual([
    'bad_conditions.yaml:4:9: processors.filter.trace_conditions[0]: unknown path span.nane, did you mean "span.name"?, at character 1',
    'bad_conditions.yaml:5:9: processors.filter.trace_conditions[1]: a string has no end, at character 14',
    'bad_conditions.yaml:7:21: processors.filter.metric_conditions[0].conditions: expected paths that begin with their context (resource., scope., metric., datapoint.), at character 1',
    'bad_conditions.yaml:13:11: processors.filter.logs.log_record[0]: the regular expression cannot be read: error parsing regexp: invalid or unsupported Perl syntax: `(?=`, at character 15',
    'bad_conditions.yaml:14:11: processors.filter.logs.log_record[1]: unknown path log.name, did you mean "log.time"?, at character 1',
  ])
})

it('refuses contexts of other signals, and both forms of the same', () => {
  expect(errorsIn('bad_contexts.yaml')).toEqual([
    'bad_contexts.yaml:3:17: processors.filter.error_mode: expected "ignore", "silent" or "propagate", received "ignored", did you mean "ignore"?',
  ])
  expect(errorsIn('bad_forms.yaml')).toEqual([
    'bad_forms.yaml:4:18: processors.filter.metric_conditions[0].context: expected a context of metrics: "resource", "scope", "metric", "datapoint", received "span"',
    'bad_forms.yaml:9:7: processors.filter.logs: expected either "log_conditions" or "logs", received both',
  ])
})
