import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { resource } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(resource, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(resource, testdata, 'all_options.yaml')).toEqual([])
})

it('says of each action what is wrong with it', () => {
  expect(errorsIn(resource, testdata, 'bad_action.yaml')).toEqual([
    'bad_action.yaml:5:17: processors.resource.attributes[0].action: action "upsert" needs "value", "from_attribute" or "default_value"',
    'bad_action.yaml:6:5: processors.resource: unknown key "actions" (known: attributes)',
  ])
})
