import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import type { AgentMetricsResult } from './agent_metrics.ts'
import type { MetricAttributes } from './meter.ts'

/** The content type of the text format 0.0.4. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Counters and gauges in Prometheus' text format 0.0.4, named as the Collector's own page has them:
 * no `_total`, no unit in the name, no scope, and the resource's attributes on every series.
 */
export function prometheusText({ metrics, resource }: AgentMetricsResult): string {
  const common = labels(resource)
  return metrics.map((metric) => familyText(metric, common)).join('')
}

function familyText({ descriptor, dataPointType, dataPoints }: MetricData, common: string): string {
  // The registry has no others; what the SDK adds of its own is not for the page.
  if (dataPointType !== DataPointType.SUM && dataPointType !== DataPointType.GAUGE) return ''
  const name = prometheusName(descriptor.name)
  const type = dataPointType === DataPointType.SUM ? 'counter' : 'gauge'
  const series = dataPoints.map(({ attributes, value }) => {
    const own = labels(attributes as MetricAttributes)
    const all = own && common ? `${own},${common}` : own + common
    return `${name}${all && `{${all}}`} ${numberText(value)}\n`
  })
  const help = descriptor.description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${series.join('')}`
}

/** A name with what Prometheus does not take replaced: `waggle.bpf.dropped` is `waggle_bpf_dropped`. */
function prometheusName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}

function labels(attributes: MetricAttributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${prometheusName(key)}="${escaped(value)}"`)
    .join(',')
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
