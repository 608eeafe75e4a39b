import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { zpages } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const { problems } = parseConfig([{ name: file, text }], new ComponentRegistry([zpages]))
  const own = problems.filter(({ path }) => path.startsWith('extensions'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

it('has the defaults of the Collector', () => {
  expect(zpages.config.parse({})).toEqual({
    endpoint: { host: 'localhost', port: 55679 },
    expvar: { enabled: false },
  })
})

it('takes its files in testdata', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
})

it('wants a port', () => {
  expect(errorsIn('bad_endpoint.yaml')).toEqual([
    'bad_endpoint.yaml:3:15: extensions.zpages.endpoint: expected host:port to listen on, such as "127.0.0.1:4317", received "localhost"',
    'bad_endpoint.yaml:4:13: extensions.zpages.expvar: expected a map, received true',
  ])
})
