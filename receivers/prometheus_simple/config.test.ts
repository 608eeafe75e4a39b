import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { prometheusSimpleConfig } from './config.ts'
import { targetsOf } from './receiver.ts'

const load = (file: string): unknown =>
  parse(readFileSync(join(import.meta.dirname, 'testdata', file), 'utf8'))

function problemsOf(file: string): string[] {
  const issues = prometheusSimpleConfig.safeParse(load(file)).error?.issues ?? []
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the configuration of prometheus_simple', () => {
  it("has the Collector's defaults", () => {
    const config = prometheusSimpleConfig.parse(load('only_defaults.yaml'))
    expect(config).toMatchObject({
      collection_interval: 10_000,
      metrics_path: '/metrics',
      params: {},
      labels: {},
      sample_limit: 200_000,
    })
    expect(targetsOf(config).map(({ url, job }) => [url.href, job])).toEqual([
      ['http://127.0.0.1:9100/metrics', 'prometheus_simple/127.0.0.1:9100'],
    ])
  })

  it('takes every option, and what a target has of its own', () => {
    const config = prometheusSimpleConfig.parse(load('all_options.yaml'))
    const targets = targetsOf(config)
    expect(targets.map(({ url, ...rest }) => ({ url: url.href, ...rest }))).toEqual([
      {
        url: 'https://node.example:9100/federate?match%5B%5D=up&match%5B%5D=node_load1&format=text',
        job: 'node',
        labels: { cluster: 'eu-1' },
      },
      {
        url: 'https://db.example:9187/probe?target=db',
        job: 'postgres',
        labels: { cluster: 'eu-1', role: 'db' },
      },
    ])
  })

  const endpoint = 'expected host:port or a URL without a path, such as "127.0.0.1:9100"'
  it.each([
    ['bad_endpoint.yaml', [`endpoint: ${endpoint}`, `targets.0.endpoint: ${endpoint}`]],
    ['bad_nobody.yaml', ['endpoint: expected an endpoint here or in targets']],
    [
      'bad_labels.yaml',
      [
        'metrics_path: expected a path that begins with "/"',
        'labels.a b: expected the name of a label: letters, digits and "_"',
      ],
    ],
  ])('refuses %s', (file, problems) => {
    expect(problemsOf(file)).toEqual(problems)
  })
})
