import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { routing } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([routing]))
  const own = problems.filter(({ path }) => path.startsWith('connectors.'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('has the defaults of the Collector', () => {
  const table = [{ condition: 'true', pipelines: ['traces/a'] }]
  expect(routing.config.parse({ table })).toEqual({
    default_pipelines: [],
    error_mode: 'propagate',
    table: [{ context: 'resource', action: 'move', condition: 'true', pipelines: ['traces/a'] }],
  })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
})

it('says which route cannot be taken, where, and why', () => {
  expect(errorsIn('bad_routes.yaml')).toEqual([
    'bad_routes.yaml:3:25: connectors.routing.default_pipelines[0]: expected a pipeline: traces, metrics or logs, received "spans"',
    'bad_routes.yaml:5:9: connectors.routing.table[0]: expected "condition" or "statement"',
    'bad_routes.yaml:7:20: connectors.routing.table[1].condition: unknown path span.nane, did you mean "span.name"?, at character 1',
    'bad_routes.yaml:10:20: connectors.routing.table[2].statement: expected route(), received delete_key, at character 1',
    'bad_routes.yaml:12:18: connectors.routing.table[3].context: the context "log" is none of traces or metrics',
    'bad_routes.yaml:16:20: connectors.routing.table[4].condition: expected request["name"] == "value" or request["name"] != "value", received "request[\\"a\\"] =~ \\"b\\""',
    'bad_routes.yaml:18:9: connectors.routing.table[5]: expected "condition", which the context "request" needs',
    'bad_routes.yaml:22:20: connectors.routing.table[6].statement: expected either "condition" or "statement", received both',
  ])
})
