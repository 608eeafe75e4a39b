import {
  DataPointType,
  type HistogramMetricData,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import type { AgentMetricsResult } from './agent_metrics.ts'
import type { MetricAttributes } from './meter.ts'

/** The content type of the text format 0.0.4. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** How the page differs from the Collector's own. */
export interface PageStyle {
  /** Counters end in `_total`. */
  readonly typeSuffix?: boolean
  /** Names end in their unit. */
  readonly unitSuffix?: boolean
  /** Labels of every series beside the resource's. */
  readonly labels?: MetricAttributes
  /** Which of the resource's attributes are on every series; all unless given. */
  readonly keepsResource?: (attribute: string) => boolean
}

/** What a unit is called at the end of a name; units in braces are notes and have none. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  '1': 'ratio',
}

/**
 * All metrics in Prometheus' text format 0.0.4, named as the Collector's own page has them
 * unless `style` says otherwise: no `_total`, no unit in the name, no scope, and the resource's
 * attributes on every series.
 */
export function prometheusText(
  { metrics, resource }: AgentMetricsResult,
  style: PageStyle = {},
): string {
  const { keepsResource = () => true } = style
  const kept = Object.entries(resource).filter(([key]) => keepsResource(key))
  const common = labels({ ...style.labels, ...Object.fromEntries(kept) })
  return metrics.map((metric) => familyText(metric, common, style)).join('')
}

function familyText(metric: MetricData, common: string, style: PageStyle): string {
  const { descriptor, dataPointType } = metric
  // The registry has no others; what the SDK adds of its own is not for the page.
  if (dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return ''
  const name = nameOf(metric, style)
  const help = descriptor.description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  const head = `# HELP ${name} ${help}\n# TYPE ${name} ${TYPES[dataPointType]}\n`
  if (dataPointType === DataPointType.HISTOGRAM) {
    return head + metric.dataPoints.map((point) => histogramText(name, point, common)).join('')
  }
  const series = metric.dataPoints.map(({ attributes, value }) => {
    return line(name, labels(attributes as MetricAttributes), common, value)
  })
  return head + series.join('')
}

const TYPES = {
  [DataPointType.SUM]: 'counter',
  [DataPointType.GAUGE]: 'gauge',
  [DataPointType.HISTOGRAM]: 'histogram',
} as const

function histogramText(
  name: string,
  { attributes, value }: HistogramMetricData['dataPoints'][number],
  common: string,
): string {
  const own = labels(attributes as MetricAttributes)
  const { boundaries, counts } = value.buckets
  let below = 0
  const buckets = counts.map((count, i) => {
    below += count
    const le = `le="${numberText(boundaries[i] ?? Infinity)}"`
    return line(`${name}_bucket`, own === '' ? le : `${own},${le}`, common, below)
  })
  const sum = line(`${name}_sum`, own, common, value.sum ?? 0)
  return buckets.join('') + sum + line(`${name}_count`, own, common, value.count)
}

function line(name: string, own: string, common: string, value: number): string {
  const all = own && common ? `${own},${common}` : own + common
  return `${name}${all && `{${all}}`} ${numberText(value)}\n`
}

/** What a name says already is not said again. */
function nameOf({ descriptor, dataPointType }: MetricData, style: PageStyle): string {
  const isCounter = dataPointType === DataPointType.SUM
  const word = descriptor.unit === '1' && isCounter ? undefined : UNIT_WORDS[descriptor.unit]
  let name = prometheusName(descriptor.name)
  if (style.unitSuffix && word !== undefined && !name.endsWith(`_${word}`)) name += `_${word}`
  if (style.typeSuffix && isCounter && !name.endsWith('_total')) name += '_total'
  return name
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
