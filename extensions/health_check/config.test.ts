import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { healthCheck } from './index.ts'

/** What is wrong with the options of a file in testdata, without the path of the component. */
function errorsIn(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const registry = new ComponentRegistry([healthCheck])
  const { problems } = parseConfig([{ name: 'x.yaml', text }], registry)
  const own = problems.filter(({ path }) => path.startsWith('extensions'))
  return own
    .filter(({ severity }) => severity === 'error')
    .map((problem) => formatProblem(problem).replace('extensions.health_check', '…'))
}

it('has the defaults of the Collector', () => {
  expect(healthCheck.config.parse({})).toEqual({
    endpoint: { host: 'localhost', port: 13133 },
    path: '/',
    component_health: {
      include_permanent_errors: false,
      include_recoverable_errors: false,
      recovery_duration: 60_000,
    },
    check_collector_pipeline: { enabled: false, interval: 300_000, exporter_failure_threshold: 5 },
    use_v2: false,
  })
})

it('takes its files in testdata, those of both versions', () => {
  expect(errorsIn('only_defaults.yaml')).toEqual([])
  expect(errorsIn('all_options.yaml')).toEqual([])
  expect(errorsIn('all_options_v2.yaml')).toEqual([])
})

it('wants a path, and numbers that mean something', () => {
  expect(errorsIn('bad_path.yaml')).toEqual([
    'x.yaml:3:11: ….path: expected a path that begins with "/", received "health"',
    'x.yaml:5:17: ….check_collector_pipeline.interval: expected a duration of at least 1s, received "0s"',
    'x.yaml:6:35: ….check_collector_pipeline.exporter_failure_threshold: expected a number of at least 1, received 0',
  ])
})

it('says that there is no gRPC, and takes http only with use_v2', () => {
  expect(errorsIn('bad_v2.yaml')).toEqual([
    'x.yaml:4:7: ….grpc: not built: the health is served over HTTP only',
    'x.yaml:6:17: ….http.endpoint: expected host:port to listen on, such as "127.0.0.1:4317", received "http://localhost:13133"',
  ])
})
