import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { requestMetrics } from './index.ts'

const KINDS = ['request.duration', 'request.body.size', 'response.body.size']

/** What is wrong with a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `connectors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([requestMetrics])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  return problems
    .filter(({ path, severity }) => path.startsWith('connectors') && severity === 'error')
    .map(formatProblem)
}

describe('the configuration of request_metrics', () => {
  it('has the metrics and the bounds of the conventions', () => {
    const [on, off] = [{ enabled: true }, { enabled: false }]
    expect(requestMetrics.config.parse({})).toEqual({
      metrics: {
        'http.server.request.duration': on,
        'http.server.request.body.size': on,
        'http.server.response.body.size': on,
        'http.client.request.duration': on,
        'http.client.request.body.size': on,
        'http.client.response.body.size': on,
        'http.server.active_requests': off,
        'http.client.active_requests': off,
      },
      dimensions: [],
      exclude_dimensions: [],
      histogram: {},
      routes: {
        patterns: [],
        unmatched: 'low-cardinality',
        max_path_segment_cardinality: 10,
        wildcard_char: '*',
      },
      aggregation_temporality: 'cumulative',
      metrics_flush_interval: 15_000,
      metrics_expiration: 300_000,
      aggregation_cardinality_limit: 2000,
      resource_metrics_cache_size: 1000,
      exemplars: { enabled: true, max_per_data_point: 5 },
    })
  })

  it('takes its files in testdata', () => {
    expect(problemsOf('only_defaults.yaml')).toEqual([])
    expect(problemsOf('all_options.yaml')).toEqual([])
  })

  it('refuses both sorts of buckets at once', () => {
    expect(problemsOf('bad_both_histograms.yaml')).toEqual([
      'bad_both_histograms.yaml:4:7: connectors.request_metrics.histogram: expected explicit or exponential, received both',
    ])
  })

  it('refuses bounds that do not ascend', () => {
    expect(problemsOf('bad_buckets.yaml')).toEqual([
      'bad_buckets.yaml:4:33: connectors.request_metrics.histogram.explicit.buckets[1]: expected a bound above the one before, received "500ms"',
    ])
  })

  it('refuses patterns, words and placeholders that are none', () => {
    expect(problemsOf('bad_routes.yaml')).toEqual([
      'bad_routes.yaml:4:18: connectors.request_metrics.routes.patterns[0]: expected a path that begins with "/", received "users"',
      'bad_routes.yaml:5:18: connectors.request_metrics.routes.unmatched: expected "low-cardinality", "heuristic", "path", "wildcard" or "unset", received "low_cardinality", did you mean "low-cardinality"?',
      'bad_routes.yaml:6:22: connectors.request_metrics.routes.wildcard_char: expected one character other than "/", received "**"',
    ])
  })

  it('refuses attributes and metrics that it cannot tell', () => {
    const names = ['server', 'client'].flatMap((side) =>
      KINDS.map((kind) => `http.${side}.${kind}`),
    )
    names.push('http.server.active_requests', 'http.client.active_requests')
    expect(problemsOf('bad_dimension.yaml')).toEqual([
      'bad_dimension.yaml:3:18: connectors.request_metrics.dimensions[0]: expected "url.scheme", "server.address", "server.port" or "url.template", received "client.address"',
      `bad_dimension.yaml:5:7: connectors.request_metrics.metrics: unknown key "http.server.open_connections" (known: ${names.join(', ')})`,
    ])
  })
})
