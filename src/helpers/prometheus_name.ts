import { unitWords } from './prometheus_units.ts'

/** The types of Prometheus that the page of the `prometheus` exporter has. */
export type PrometheusType = 'counter' | 'gauge' | 'histogram'

/** What the names of metrics are made by. */
export interface NamingOptions {
  /** Put in front; empty for none. */
  readonly namespace: string
  /** Whether unit and type are added. */
  readonly suffixes: boolean
  /** Whether names keep what only UTF-8 names of Prometheus 3 may have; not unless given. */
  readonly utf8?: boolean
}

/** What a name is made of. */
export interface NamedMetric {
  readonly name: string
  readonly unit: string
  readonly type: PrometheusType | 'summary'
  /** An OTLP gauge: only those are ratios when their unit is `1`. */
  readonly isGauge: boolean
}

/**
 * A metric's name in Prometheus, `http_server_request_duration_seconds`; empty where nothing of it can
 * stand there. The rules are those of the OpenTelemetry specification ("Prometheus and OpenMetrics
 * compatibility", metric metadata), with the Collector's (github.com/prometheus/otlptranslator) where
 * the two differ: a unit is not added when it stands anywhere in the name.
 */
export function metricName(metric: NamedMetric, options: NamingOptions): string {
  if (options.utf8) return utf8Name(metric, options)
  const words = wordsOf(metric.name)
  if (words.length === 0) return ''
  const named = options.suffixes ? withSuffixes(words, metric) : words
  const name = [...wordsOf(options.namespace), ...named].join('_')
  return /^[0-9]/.test(name) ? `_${name}` : name
}

/** A name that keeps its dots. What it ends with already is not added again. */
function utf8Name(metric: NamedMetric, { namespace, suffixes }: NamingOptions): string {
  if (metric.name === '') return ''
  const name = namespace === '' ? metric.name : `${namespace}_${metric.name}`
  if (!suffixes) return name
  const { main, per } = unitWords(metric.unit)
  const suffix = typeSuffix(metric)
  let core = without(without(name, suffix), per)
  if (main !== '' && !core.endsWith(main)) core += `_${main}`
  if (per !== '') core += `_${per}`
  return suffix === '' ? core : `${core}_${suffix}`
}

/** A name without a suffix and what stands in front of that, where more than the suffix is there. */
function without(name: string, suffix: string): string {
  if (suffix === '' || !name.endsWith(suffix) || name.length <= suffix.length + 1) return name
  return name.slice(0, -suffix.length - 1)
}

function withSuffixes(words: readonly string[], metric: NamedMetric): readonly string[] {
  const { main, per } = unitWords(metric.unit)
  const units = [main, per].filter((unit) => unit !== '' && !words.includes(unit))
  const suffix = typeSuffix(metric)
  if (suffix === '') return [...words, ...units]
  return [...words, ...units].filter((word) => word !== suffix).concat(suffix)
}

function typeSuffix({ type, unit, isGauge }: NamedMetric): string {
  if (type === 'counter') return 'total'
  // Counts of things are given the unit 1 too, so only a gauge is taken at its word.
  return isGauge && unit === '1' ? 'ratio' : ''
}

/** The parts between what a name may not have; `_` is one of those, so that no two follow each other. */
function wordsOf(name: string): string[] {
  return name.split(/[^a-zA-Z0-9:]+/).filter(Boolean)
}
