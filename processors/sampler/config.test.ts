import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { sampler } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([sampler]))
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('keeps everything unless it is told otherwise', () => {
  expect(sampler.config.parse({})).toEqual({
    sampling_percentage: 100,
    always_sample_errors: true,
    respect_sampled_flag: false,
  })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
})

it('refuses a share so small that it cannot be told from none', () => {
  expect(errorsIn('bad_small_percentage.yaml')).toEqual([
    'bad_small_percentage.yaml:3:26: processors.sampler.sampling_percentage: expected 0 or at least 0.0001, received 0.00001',
  ])
})

it('refuses numbers out of their bounds', () => {
  expect(errorsIn('bad_bounds.yaml')).toEqual([
    'bad_bounds.yaml:3:26: processors.sampler.sampling_percentage: expected a number of at most 100, received 101',
    'bad_bounds.yaml:4:24: processors.sampler.latency_threshold: expected a duration of at least 1us, received "0s"',
    'bad_bounds.yaml:5:23: processors.sampler.spans_per_second: expected a whole number, received 0.5',
  ])
})

it('refuses keys that it does not know', () => {
  expect(errorsIn('bad_key.yaml')).toEqual([
    'bad_key.yaml:4:5: processors.sampler: unknown key "hash_seed" (known: sampling_percentage, always_sample_errors, latency_threshold, respect_sampled_flag, spans_per_second)',
  ])
})
