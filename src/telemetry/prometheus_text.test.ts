import { afterEach, expect, it } from 'vitest'
import { AgentMetrics } from './agent_metrics.ts'
import { MetricRegistry } from './metric_registry.ts'
import { prometheusText } from './prometheus_text.ts'

let metrics: AgentMetrics | undefined
afterEach(() => metrics?.shutdown())

/** The page of a registry, as a scrape has it. */
async function page(registry: MetricRegistry, resource = {}): Promise<string> {
  metrics = new AgentMetrics(registry, resource)
  return prometheusText(await metrics.collect())
}

it("writes counters and gauges under the Collector's names, with no suffix", async () => {
  const registry = new MetricRegistry('normal')
  const meter = registry.meter({ exporter: 'otlp_grpc/eu' })
  const sent = { name: 'otelcol_exporter_sent_spans', description: 'Sent.', unit: '{span}' }
  meter.counter(sent, (observe) => observe(12))
  const up = { name: 'waggle.governor.level', description: 'Level.', unit: '1' }
  meter.gauge(up, (observe) => observe(0.5, { 'otel.signal': 'traces' }))
  const resource = { 'service.name': 'waggle', 'host.name': 'n-1' }
  expect(await page(registry, resource)).toBe(`\
# HELP otelcol_exporter_sent_spans Sent.
# TYPE otelcol_exporter_sent_spans counter
otelcol_exporter_sent_spans{exporter="otlp_grpc/eu",service_name="waggle",host_name="n-1"} 12
# HELP waggle_governor_level Level.
# TYPE waggle_governor_level gauge
waggle_governor_level{exporter="otlp_grpc/eu",otel_signal="traces",service_name="waggle",host_name="n-1"} 0.5
`)
})

it('writes a series without attributes without braces', async () => {
  const registry = new MetricRegistry('normal')
  const facts = { name: 'a', description: '', unit: '' }
  registry.meter().gauge(facts, (observe) => observe(1e21))
  expect(await page(registry)).toBe('# HELP a \n# TYPE a gauge\na 1e+21\n')
})

it('escapes what the format needs escaped', async () => {
  const registry = new MetricRegistry('normal')
  const facts = { name: 'a', description: 'one\\two\nthree "four"', unit: '' }
  registry.meter({ path: 'C:\\x "y"\nz' }).gauge(facts, (observe) => observe(-Infinity))
  expect(await page(registry)).toBe(
    '# HELP a one\\\\two\\nthree "four"\n# TYPE a gauge\na{path="C:\\\\x \\"y\\"\\nz"} -Inf\n',
  )
})

it('does not tell again what is not told any more', async () => {
  const registry = new MetricRegistry('normal')
  const end = registry
    .meter()
    .gauge({ name: 'a', description: '', unit: '' }, (observe) => observe(1))
  await page(registry)
  end()
  expect(prometheusText(await metrics!.collect())).toBe('')
})

it('writes OpenMetrics under the same names, in which a counter without `_total` has no type', async () => {
  const registry = new MetricRegistry('normal')
  const meter = registry.meter()
  meter.counter({ name: 'sent', description: 'The "sent".', unit: '{span}' }, (observe) =>
    observe(2),
  )
  meter.gauge({ name: 'level', description: '', unit: '1' }, (observe) => observe(3))
  meter.histogram({ name: 'size', description: 'Sizes.', unit: 'By' }, (observe) =>
    observe({ count: 3, sum: 5, bounds: [1, 2.5], counts: [1, 2, 0] }),
  )
  const rest = `\
# HELP level 
# TYPE level gauge
level 3
# HELP size Sizes.
# TYPE size histogram
size_bucket{le="1.0"} 1
size_bucket{le="2.5"} 3
size_bucket{le="+Inf"} 3
size_sum 5
size_count 3
# EOF
`
  await page(registry)
  const result = await metrics!.collect()
  expect(prometheusText(result, {}, 'openmetrics')).toBe(
    `# HELP sent The \\"sent\\".\n# TYPE sent unknown\nsent 2\n${rest}`,
  )
  expect(prometheusText(result, { typeSuffix: true }, 'openmetrics')).toBe(
    `# HELP sent The \\"sent\\".\n# TYPE sent counter\nsent_total 2\n${rest}`,
  )
})
