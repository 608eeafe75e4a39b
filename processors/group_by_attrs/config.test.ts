import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { groupByAttrs } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(groupByAttrs, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(groupByAttrs, testdata, 'all_options.yaml')).toEqual([])
})

it('says what is wrong', () => {
  expect(errorsIn(groupByAttrs, testdata, 'bad_keys.yaml')).toEqual([
    'bad_keys.yaml:3:12: processors.group_by_attrs.keys[0]: expected at least 1 character, received ""',
    'bad_keys.yaml:4:5: processors.group_by_attrs: unknown key "key", did you mean "keys"?',
  ])
})

it('is taken by the name that the Collector had for it before', () => {
  expect(errorsIn(groupByAttrs, testdata, 'alias.yaml')).toEqual([])
})
