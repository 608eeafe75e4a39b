import { z } from 'zod'
import { secret } from '../../src/config/index.ts'
import { regularExpression } from '../../src/helpers/linear_regexp.ts'

const patterns = z.array(regularExpression().min(1)).default([])
const keys = z.array(z.string()).default([])

const fields = z.strictObject({
  allow_all_keys: z
    .boolean()
    .default(false)
    .describe('Whether attributes stay that `allowed_keys` does not list.'),
  allowed_keys: keys.describe('The attributes that stay; all others are removed.'),
  ignored_keys: keys.describe('Attributes that stay as they are, whatever they hold.'),
  ignored_key_patterns: patterns.describe('Patterns for the names of such attributes.'),
  blocked_key_patterns: patterns.describe(
    'Patterns for the names of attributes whose whole value is masked.',
  ),
  blocked_values: patterns.describe('Patterns for what is masked in values.'),
  allowed_values: patterns.describe(
    'Patterns for values that are not masked, whatever `blocked_values` and `blocked_key_patterns` say.',
  ),
  redact_all_types: z
    .boolean()
    .default(false)
    .describe('Whether numbers and other values are looked at as texts too.'),
  hash_function: z
    .enum(['md5', 'sha1', 'sha3', 'hmac-sha256', 'hmac-sha512'])
    .optional()
    .describe('What is masked becomes its hash, as hex digits. Unset: it becomes `****`.'),
  hmac_key: secret().optional().describe('The key of `hmac-sha256` and `hmac-sha512`.'),
  summary: z
    .enum(['debug', 'info', 'silent'])
    .default('silent')
    .describe(
      'What attributes tell of it: `info` how many were removed, masked, allowed and ignored; `debug` their names too; `silent` nothing.',
    ),
})

/** `processors.redaction`: the Collector's keys and defaults. */
export const redactionConfig = fields.check((check) => {
  const { hash_function: name = '', hmac_key: key } = check.value
  const needsKey = name.startsWith('hmac')
  if (needsKey === (key !== undefined)) return
  const message = needsKey
    ? `hash function "${name}" needs "hmac_key"`
    : '"hmac_key" is for the hash functions "hmac-sha256" and "hmac-sha512"'
  const path = [needsKey ? 'hash_function' : 'hmac_key']
  check.issues.push({ code: 'custom', input: check.value, path, message })
})

/** `processors.redaction`, checked and with defaults. */
export type RedactionConfig = z.output<typeof redactionConfig>
