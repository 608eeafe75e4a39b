import {
  DataPointType,
  type HistogramMetricData,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import type { AgentMetricsResult } from './agent_metrics.ts'
import type { Format } from './exposition_format.ts'
import {
  boundText,
  escapeHelp,
  escapeValue,
  numberText,
  openMetricsBoundText,
} from './exposition_text.ts'
import type { MetricAttributes } from './meter.ts'

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
 * All metrics for Prometheus, named as the Collector's own page has them unless `style` says
 * otherwise: no `_total`, no unit in the name, no scope, and the resource's attributes on every
 * series. The names are the same in both formats: in OpenMetrics, whose counters end in `_total`, one
 * that does not is of the type `unknown`.
 */
export function prometheusText(
  { metrics, resource }: AgentMetricsResult,
  style: PageStyle = {},
  format: Format = 'text',
): string {
  const { keepsResource = () => true } = style
  const kept = Object.entries(resource).filter(([key]) => keepsResource(key))
  const common = labels({ ...style.labels, ...Object.fromEntries(kept) })
  const page = { style, common, format }
  const families = metrics.map((metric) => familyText(metric, page)).join('')
  return format === 'text' ? families : `${families}# EOF\n`
}

/** What all families of a page have in common. */
interface Page {
  readonly style: PageStyle
  /** Labels of every series. */
  readonly common: string
  readonly format: Format
}

function familyText(metric: MetricData, page: Page): string {
  // The registry has no others; what the SDK adds of its own is not for the page.
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return ''
  const { common, style, format } = page
  const name = nameOf(metric, style)
  const head = headText(name, metric, format)
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return head + metric.dataPoints.map((point) => histogramText(name, point, page)).join('')
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
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'histogram',
} as const

function headText(name: string, { descriptor, dataPointType }: MetricData, format: Format): string {
  const { description } = descriptor
  const type = TYPES[dataPointType]
  if (format === 'text') return headLines(name, type, escapeHelp(description))
  const family = type === 'counter' ? name.replace(/_total$/, '') : name
  const known = type !== 'counter' || family !== name
  return headLines(family, known ? type : 'unknown', escapeValue(description))
}

function headLines(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function histogramText(
  name: string,
  { attributes, value }: HistogramMetricData['dataPoints'][number],
  { common, format }: Page,
): string {
  const own = labels(attributes as MetricAttributes)
  const { boundaries, counts } = value.buckets
  const boundOf = format === 'text' ? boundText : openMetricsBoundText
  let below = 0
  const buckets = counts.map((count, i) => {
    below += count
    const le = `le="${boundOf(boundaries[i] ?? Infinity)}"`
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
    .map(([key, value]) => `${prometheusName(key)}="${escapeValue(value)}"`)
    .join(',')
}
