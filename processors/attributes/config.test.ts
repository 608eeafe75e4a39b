import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { attributes } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(attributes, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(attributes, testdata, 'all_options.yaml')).toEqual([])
})

it('says of each action what is wrong with it', () => {
  expect(errorsIn(attributes, testdata, 'bad_actions.yaml')).toEqual([
    'bad_actions.yaml:4:9: processors.attributes.actions[0].key: action "insert" needs a key',
    'bad_actions.yaml:7:17: processors.attributes.actions[1].action: action "upsert" needs "value", "from_attribute" or "default_value"',
    'bad_actions.yaml:11:25: processors.attributes.actions[2].from_attribute: expected either "value" or "from_attribute", received both',
    'bad_actions.yaml:14:16: processors.attributes.actions[3].value: action "delete" does not use "value"',
    'bad_actions.yaml:15:17: processors.attributes.actions[4].action: action "hash" needs "key" or "pattern"',
    'bad_actions.yaml:17:17: processors.attributes.actions[5].action: action "extract" needs "pattern"',
    'bad_actions.yaml:20:18: processors.attributes.actions[6].pattern: expected a pattern whose groups are all named, as in (?P<name>...), received "(a)(?P<b>b)"',
    'bad_actions.yaml:22:17: processors.attributes.actions[7].action: action "convert" needs "converted_type"',
    'bad_actions.yaml:25:25: processors.attributes.actions[8].converted_type: expected "int", "double" or "string", received "boolean"',
    'bad_actions.yaml:27:17: processors.attributes.actions[9].action: expected "insert", "update", "upsert", "delete", "hash", "extract" or "convert", received "remove"',
    'bad_actions.yaml:30:18: processors.attributes.actions[10].pattern: expected a regular expression of RE2, received "(?=a)": invalid or unsupported Perl syntax: `(?=`',
    'bad_actions.yaml:32:17: processors.attributes.actions[11].action: action "insert" needs "value", "from_attribute" or "default_value"',
    'bad_actions.yaml:33:9: processors.attributes.actions[11]: unknown key "from_context" (known: key, action, value, from_attribute, default_value, pattern, converted_type)',
  ])
})

it('says of include and exclude what is wrong with them', () => {
  expect(errorsIn(attributes, testdata, 'bad_match.yaml')).toEqual([
    'bad_match.yaml:7:19: processors.attributes.include.match_type: expected something to match beside "match_type", received "strict"',
    'bad_match.yaml:10:24: processors.attributes.exclude.services[1]: expected a regular expression of RE2, received "*": missing argument to repetition operator: `*`',
    'bad_match.yaml:13:18: processors.attributes.exclude.attributes[0].value: expected a text, as "match_type" is "regexp", received 200',
    'bad_match.yaml:19:19: processors.attributes/mixed.include.match_type: expected properties of one signal, received "span_names", "log_bodies"',
    'bad_match.yaml:24:20: processors.attributes/mixed.exclude.span_kinds[0]: expected one of SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, SPAN_KIND_CLIENT, SPAN_KIND_PRODUCER, SPAN_KIND_CONSUMER, received "server"',
    'bad_match.yaml:26:14: processors.attributes/empty.actions: expected at least 1 item, received a list',
  ])
})
