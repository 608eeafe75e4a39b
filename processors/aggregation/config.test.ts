import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { aggregationConfig } from './config.ts'
import { aggregation } from './index.ts'

/** What is wrong with the options of a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `processors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([aggregation])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  const own = problems.filter(({ path }) => path.startsWith('processors'))
  return own.filter(({ severity }) => severity === 'error').map(formatProblem)
}

describe('the options of aggregation', () => {
  it('make the metrics that cost little, by flow where that has a meaning', () => {
    const { metrics, ...rest } = aggregationConfig.parse({})
    const choices = new Set(Object.values(metrics).map(({ enabled, by }) => `${enabled} ${by}`))
    expect([...choices].toSorted()).toEqual(['false flow', 'true flow', 'true process'])
    expect(rest).toEqual({
      metrics_flush_interval: 10_000,
      top_k: 1000,
      fold_ephemeral_ports: true,
      buckets: [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
      aggregation_temporality: 'cumulative',
      metrics_expiration: 300_000,
      aggregation_cardinality_limit: 100_000,
      max_processes: 4096,
    })
  })

  it('are right in the files in testdata', () => {
    expect(problemsOf('only_defaults.yaml')).toEqual([])
    expect(problemsOf('all_options.yaml')).toEqual([])
  })

  it('[1.17] [1.18] refuse a grouping under which a metric makes no sense, and say where and why', () => {
    expect(problemsOf('bad_by.yaml')).toEqual([
      'bad_by.yaml:5:13: processors.aggregation.metrics["obi.stat.tcp.rtt"].by: expected "flow" (a round-trip time is that of one path), received "container"',
      'bad_by.yaml:7:13: processors.aggregation.metrics["waggle.tcp.connections"].by: expected "process" or "container" (a flow has no connections of its own), received "flow"',
      'bad_by.yaml:9:13: processors.aggregation.metrics["obi.network.flow.bytes"].by: expected "flow", "process" or "container", received "interface"',
    ])
  })

  it('refuse bounds that do not ascend', () => {
    expect(problemsOf('bad_buckets.yaml')).toEqual([
      'bad_buckets.yaml:3:26: processors.aggregation.buckets[2]: expected a bound above the one before, received "5ms"',
    ])
  })

  it('refuse a metric that there is not', () => {
    expect(problemsOf('bad_metric.yaml')).toEqual([
      'bad_metric.yaml:4:7: processors.aggregation.metrics: unknown key "obi.network.flow.byte", did you mean "obi.network.flow.bytes"?',
    ])
  })
})
