import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { memoryLimiter } from './index.ts'

/** What is wrong with the options of a file in testdata, without the path of the component. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const registry = new ComponentRegistry([memoryLimiter])
  const { problems } = parseConfig([{ name: 'x.yaml', text }], registry)
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own
    .filter(({ severity }) => severity === 'error')
    .map((problem) => formatProblem(problem).replace('processors.memory_limiter', '…'))
}

it('has the defaults of the Collector', () => {
  expect(memoryLimiter.config.parse({ check_interval: '1s', limit_mib: 100 })).toEqual({
    check_interval: 1_000,
    limit_mib: 100,
    spike_limit_mib: 0,
    limit_percentage: 0,
    spike_limit_percentage: 0,
    min_gc_interval_when_soft_limited: 10_000,
    min_gc_interval_when_hard_limited: 0,
    max_gc_interval_when_soft_limited: 30_000,
    max_gc_interval_when_hard_limited: 30_000,
  })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
})

it('wants an interval and a limit, in the words of the Collector', () => {
  expect(errorsIn('bad_empty.yaml')).toEqual([
    "x.yaml:2:3: ….check_interval: 'check_interval' must be greater than zero",
    "x.yaml:2:3: ….limit_mib: 'limit_mib' or 'limit_percentage' must be greater than zero",
  ])
})

it('wants the soft limit to lie above zero', () => {
  expect(errorsIn('bad_spike.yaml')).toEqual([
    "x.yaml:5:22: ….spike_limit_mib: 'spike_limit_mib' must be smaller than 'limit_mib', received 100",
    "x.yaml:7:29: ….spike_limit_percentage: 'spike_limit_percentage' must be smaller than 'limit_percentage', received 60",
  ])
})

it('wants shares of a hundred', () => {
  expect(errorsIn('bad_percentage.yaml')).toEqual([
    "x.yaml:4:23: ….limit_percentage: 'limit_percentage' and 'spike_limit_percentage' must be greater than zero and less than or equal to hundred, received 101",
  ])
})

it('wants intervals of garbage collection that fit together', () => {
  expect(errorsIn('bad_gc_intervals.yaml')).toEqual([
    "x.yaml:5:40: ….min_gc_interval_when_soft_limited: 'min_gc_interval_when_soft_limited' should be larger than 'min_gc_interval_when_hard_limited', received \"1s\"",
    "x.yaml:7:40: ….max_gc_interval_when_soft_limited: 'max_gc_interval_when_soft_limited' must be greater than or equal to 'min_gc_interval_when_soft_limited' (or 0 to disable), received \"900ms\"",
    "x.yaml:7:40: ….max_gc_interval_when_soft_limited: 'max_gc_interval_when_soft_limited' should be larger than or equal to 'max_gc_interval_when_hard_limited' (when both are set), received \"900ms\"",
    "x.yaml:8:40: ….max_gc_interval_when_hard_limited: 'max_gc_interval_when_hard_limited' must be greater than or equal to 'min_gc_interval_when_hard_limited' (or 0 to disable), received \"2s\"",
  ])
})

it('wants durations with a unit and whole numbers', () => {
  expect(errorsIn('bad_numbers.yaml')).toEqual([
    'x.yaml:3:21: ….check_interval: expected a duration with a unit, such as "10s" or "200ms", received 5',
    'x.yaml:4:16: ….limit_mib: expected a number of at least 0, received -2000',
    'x.yaml:5:22: ….spike_limit_mib: expected a whole number, received 1.5',
  ])
})
