import { expect, it } from 'vitest'
import { errorsIn } from '../../src/helpers/config_errors_for_tests.ts'
import { redaction } from './index.ts'

const testdata = new URL('testdata/', import.meta.url)

it('takes its files in testdata', () => {
  expect(errorsIn(redaction, testdata, 'only_defaults.yaml')).toEqual([])
  expect(errorsIn(redaction, testdata, 'all_options.yaml')).toEqual([])
})

it('says what is wrong', () => {
  expect(errorsIn(redaction, testdata, 'bad_options.yaml')).toEqual([
    'bad_options.yaml:3:22: processors.redaction.blocked_values[0]: expected a regular expression of RE2, received "*": missing argument to repetition operator: `*`',
    'bad_options.yaml:4:20: processors.redaction.hash_function: expected "md5", "sha1", "sha3", "hmac-sha256" or "hmac-sha512", received "sha2", did you mean "sha1"?',
    'bad_options.yaml:5:14: processors.redaction.summary: expected "debug", "info" or "silent", received "all"',
    'bad_options.yaml:6:5: processors.redaction: unknown key "url_sanitizer" (known: allow_all_keys, allowed_keys, ignored_keys, ignored_key_patterns, blocked_key_patterns, blocked_values, allowed_values, redact_all_types, hash_function, hmac_key, summary)',
    'bad_options.yaml:9:20: processors.redaction/key.hash_function: hash function "hmac-sha512" needs "hmac_key"',
    'bad_options.yaml:12:15: processors.redaction/nokey.hmac_key: "hmac_key" is for the hash functions "hmac-sha256" and "hmac-sha512"',
  ])
})
