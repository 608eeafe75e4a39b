import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { batch } from './index.ts'

/** What the options of a file in testdata are read as, or what is wrong with them. */
function read(file: string): unknown {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `processors:\n${text.replaceAll(/^/gm, '  ')}`
  const { problems } = parseConfig([{ name: file, text: yaml }], new ComponentRegistry([batch]))
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  const errors = own.filter(({ severity }) => severity === 'error').map(formatProblem)
  return errors.length > 0 ? errors : 'fine'
}

it('has the defaults of the Collector', () => {
  expect(batch.config.parse({})).toEqual({
    send_batch_size: 8192,
    timeout: 200,
    send_batch_max_size: 0,
  })
})

it('takes its files in testdata', () => {
  expect(read('only_defaults.yaml')).toBe('fine')
  expect(read('all_options.yaml')).toBe('fine')
})

it('refuses a maximum below the size at which batches are handed on', () => {
  expect(read('bad_max_size.yaml')).toEqual([
    'bad_max_size.yaml:4:26: processors.batch.send_batch_max_size: expected 0 or at least send_batch_size, received 500',
  ])
})

it('refuses a timeout without a unit and keys that it does not know', () => {
  expect(read('bad_timeout.yaml')).toEqual([
    'bad_timeout.yaml:3:14: processors.batch.timeout: expected a duration with a unit, such as "10s" or "200ms", received 200',
    'bad_timeout.yaml:4:5: processors.batch: unknown key "metadata_keys" (known: send_batch_size, timeout, send_batch_max_size)',
  ])
})
