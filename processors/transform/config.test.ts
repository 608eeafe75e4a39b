import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { transform } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([transform]))
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('goes on after a statement that fails unless it is told otherwise, as the Collector', () => {
  expect(transform.config.parse({})).toEqual({
    error_mode: 'ignore',
    trace_statements: [],
    metric_statements: [],
    log_statements: [],
  })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
})

it('says where in a statement a fault is, and where the statement stands', () => {
  expect(errorsIn('bad_statements.yaml')).toEqual([
    'bad_statements.yaml:4:9: processors.transform.trace_statements[0]: set lacks its argument "value", at character 1',
    'bad_statements.yaml:5:9: processors.transform.trace_statements[1]: unknown function sett, did you mean "set"?, at character 1',
    'bad_statements.yaml:7:22: processors.transform.metric_statements[0].conditions[0]: unknown path metric.nane, did you mean "metric.name"?, at character 1',
    'bad_statements.yaml:9:18: processors.transform.metric_statements[1].context: expected a context of metrics: "resource", "scope", "metric", "datapoint", received "log"',
    'bad_statements.yaml:12:7: processors.transform.log_statements: no context of logs has all of log, span, at character 1',
  ])
})
