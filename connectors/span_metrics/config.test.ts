import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ComponentRegistry } from '../../src/component/registry.ts'
import { formatProblem, parseConfig } from '../../src/config/index.ts'
import { spanMetrics } from './index.ts'

/** What is wrong with a file in testdata. */
function problemsOf(file: string): string[] {
  const text = readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8')
  const yaml = `connectors:\n${text.replaceAll(/^/gm, '  ')}`
  const registry = new ComponentRegistry([spanMetrics])
  const { problems } = parseConfig([{ name: file, text: yaml }], registry)
  return problems
    .filter(({ path, severity }) => path.startsWith('connectors') && severity === 'error')
    .map(formatProblem)
}

describe('the configuration of span_metrics', () => {
  it('has the defaults of the Collector, and a limit', () => {
    expect(spanMetrics.config.parse({})).toEqual({
      namespace: 'traces.span.metrics',
      histogram: { disable: false, unit: 'ms', dimensions: [] },
      dimensions: [],
      calls_dimensions: [],
      exclude_dimensions: [],
      include_instrumentation_scope: [],
      enable_metrics_sampling_method: false,
      events: { enabled: false, dimensions: [] },
      exemplars: { enabled: false, max_per_data_point: 5 },
      aggregation_temporality: 'cumulative',
      metrics_flush_interval: 60_000,
      metrics_expiration: 0,
      aggregation_cardinality_limit: 2000,
      resource_metrics_cache_size: 1000,
      resource_metrics_key_attributes: [],
      add_resource_attributes: true,
      metric_timestamp_cache_size: 1000,
    })
  })

  it('takes its files in testdata', () => {
    expect(problemsOf('only_defaults.yaml')).toEqual([])
    expect(problemsOf('all_options.yaml')).toEqual([])
  })

  it('refuses dimensions that are none, or that series have already', () => {
    const at = 'connectors.span_metrics.dimensions'
    expect(problemsOf('bad_dimensions.yaml')).toEqual([
      `bad_dimensions.yaml:4:9: ${at}[0]: expected name or glob, received both`,
      `bad_dimensions.yaml:5:9: ${at}[1]: expected name or glob, received neither`,
      `bad_dimensions.yaml:6:9: ${at}[2]: expected a pattern with a "}" for each "{", received "a.{b"`,
      `bad_dimensions.yaml:7:9: ${at}[3]: expected no default beside glob`,
      'bad_dimensions.yaml:8:26: connectors.span_metrics.exclude_dimensions[0]: expected "service.name", "span.name", "span.kind", "status.code" or "collector.instance.id", received "zone"',
    ])
    expect(problemsOf('bad_names.yaml')).toEqual([
      `bad_names.yaml:4:17: ${at}[0].name: expected an attribute that is not there yet, received "span.name"`,
      `bad_names.yaml:6:17: ${at}[2].name: expected an attribute that is not there yet, received "zone"`,
    ])
  })

  it('refuses both sorts of buckets at once, and events that cannot be told apart', () => {
    expect(problemsOf('bad_histogram.yaml')).toEqual([
      'bad_histogram.yaml:4:7: connectors.span_metrics.histogram: expected explicit or exponential, received both',
      'bad_histogram.yaml:5:34: connectors.span_metrics.histogram.explicit.buckets[1]: expected a bound above the one before, received "5ms"',
      'bad_histogram.yaml:6:5: connectors.span_metrics.events.dimensions: expected dimensions, without which events cannot be told apart',
    ])
  })
})
