import { type Metric, TEMPORALITY } from '../../src/pdata/metrics.ts'
import type { PrometheusType } from '../../src/helpers/prometheus_name.ts'
import type { Mode } from './series.ts'

/** What a metric is in Prometheus. */
export function typeOf({ data }: Metric): PrometheusType {
  if (data.type === 'gauge') return 'gauge'
  if (data.type === 'sum') return data.monotonic ? 'counter' : 'gauge'
  return 'histogram'
}

/**
 * How its values are put together; undefined where Prometheus has nothing for it: the changes of what
 * may rise and fall.
 */
export function modeOf({ data }: Metric): Mode | undefined {
  if (data.type === 'gauge' || data.type === 'summary') return 'last'
  const rises = data.type !== 'sum' || data.monotonic
  if (data.temporality === TEMPORALITY.delta) return rises ? 'delta' : undefined
  return rises ? 'counter' : 'sum'
}
