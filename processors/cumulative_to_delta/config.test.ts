import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { cumulativeToDelta } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(cumulativeToDelta, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(cumulativeToDelta, testdata, 'all_options.yaml')).toEqual([])
})

it('says what is wrong', () => {
  expect(errorsIn(cumulativeToDelta, testdata, 'bad_options.yaml')).toEqual([
    'bad_options.yaml:4:17: processors.cumulative_to_delta.include.metrics[0]: expected a regular expression of RE2, received "*bytes": missing argument to repetition operator: `*`',
    'bad_options.yaml:7:16: processors.cumulative_to_delta.exclude.metrics: expected at least 1 item, received a list',
    'bad_options.yaml:8:19: processors.cumulative_to_delta.exclude.match_type: expected "strict" or "regexp", received "glob"',
    'bad_options.yaml:9:20: processors.cumulative_to_delta.max_staleness: expected a duration with a unit, such as "10s" or "200ms", received 5',
    'bad_options.yaml:10:20: processors.cumulative_to_delta.initial_value: expected "auto", "keep" or "drop", received "first"',
    'bad_options.yaml:11:18: processors.cumulative_to_delta.max_streams: expected a number of at least 0, received -1',
    'bad_options.yaml:12:5: processors.cumulative_to_delta: unknown key "metrics" (known: include, exclude, max_staleness, initial_value, max_streams)',
  ])
})

it('is taken by the name that the Collector had for it before', () => {
  expect(errorsIn(cumulativeToDelta, testdata, 'alias.yaml')).toEqual([])
})
