import { unitWords } from './unit_words.ts'

/** The types of Prometheus that we have. */
export type PrometheusType = 'counter' | 'gauge' | 'histogram'

/** What the names of metrics are made by. */
export interface NamingOptions {
  /** Put in front; empty for none. */
  readonly namespace: string
  /** Whether unit and type are added. */
  readonly suffixes: boolean
}

/** What a name is made of. */
export interface NamedMetric {
  readonly name: string
  readonly unit: string
  readonly type: PrometheusType
  /** An OTLP gauge: only those are ratios when their unit is `1`. */
  readonly isGauge: boolean
}

/**
 * A metric's name in Prometheus, `http_server_request_duration_seconds`; empty where nothing of it can
 * stand there. The rules are those of the OpenTelemetry specification ("Prometheus and OpenMetrics
 * compatibility", metric metadata), with the Collector's (github.com/prometheus/otlptranslator) where
 * the two differ: a unit is not added when it stands anywhere in the name.
 */
export function metricName(metric: NamedMetric, { namespace, suffixes }: NamingOptions): string {
  const words = wordsOf(metric.name)
  if (words.length === 0) return ''
  const named = suffixes ? withSuffixes(words, metric) : words
  const name = [...wordsOf(namespace), ...named].join('_')
  return /^[0-9]/.test(name) ? `_${name}` : name
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
