import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { serviceGraph } from './index.ts'

/** What is wrong with a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `connectors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([serviceGraph])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  return problems
    .filter(({ path, severity }) => path.startsWith('connectors') && severity === 'error')
    .map(formatProblem)
}

describe('the configuration of service_graph', () => {
  it('has the defaults of the Collector, and a limit', () => {
    expect(serviceGraph.config.parse({})).toEqual({
      exponential_histogram_max_size: 0,
      dimensions: [],
      store: { max_items: 1000, ttl: 2000 },
      cache_loop: 60_000,
      store_expiration_loop: 2000,
      virtual_node_peer_attributes: ['peer.service', 'db.name', 'db.system'],
      virtual_node_extra_label: false,
      database_name_attributes: ['db.name'],
      metrics_flush_interval: 60_000,
      metrics_timestamp_offset: 0,
      metrics_expiration: 900_000,
      aggregation_cardinality_limit: 2000,
      exemplars: { enabled: false, max_per_data_point: 5 },
    })
  })

  it('takes its files in testdata', () => {
    expect(problemsOf('only_defaults.yaml')).toEqual([])
    expect(problemsOf('all_options.yaml')).toEqual([])
  })

  it('refuses both sorts of buckets at once, bounds that are none, and a store without room', () => {
    expect(problemsOf('bad_both_histograms.yaml')).toEqual([
      'bad_both_histograms.yaml:3:5: connectors.service_graph: expected latency_histogram_buckets or exponential_histogram_max_size, received both',
    ])
    expect(problemsOf('bad_buckets.yaml')).toEqual([
      'bad_buckets.yaml:3:33: connectors.service_graph.latency_histogram_buckets[0]: expected a duration with a unit, such as "10s" or "200ms", received 1',
      'bad_buckets.yaml:4:25: connectors.service_graph.store.max_items: expected a number of at least 1, received 0',
    ])
  })
})
