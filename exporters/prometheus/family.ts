import type { Metric } from '../../src/pdata/metrics.ts'
import { type Distribution, merged } from './distribution.ts'
import type { PrometheusType } from '../../src/helpers/prometheus_name.ts'
import { type Arithmetic, Series } from './series.ts'
import { unitWords } from '../../src/helpers/prometheus_units.ts'

const NUMBERS: Arithmetic<number> = {
  add: (a, b) => a + b,
  fell: (before, now) => now < before,
}

const DISTRIBUTIONS: Arithmetic<Distribution> = {
  add: merged,
  fell: (before, now) => now.count < before.count,
}

/** What all series of one name share. */
export interface FamilyOf<T extends PrometheusType, V> {
  /** With unit and type, as samples have it. */
  readonly name: string
  readonly type: T
  readonly help: string
  /** In words, where the name ends with it; else empty. */
  readonly unit: string
  readonly arithmetic: Arithmetic<V>
  readonly series: Map<string, Series<V>>
}

/** The series of counters or gauges of one name. */
export type NumberFamily = FamilyOf<'counter' | 'gauge', number>
/** The series of histograms of one name. */
export type HistogramFamily = FamilyOf<'histogram', Distribution>
/** The series of one name. */
export type Family = NumberFamily | HistogramFamily

/** A family without series yet. */
export function makeFamily(
  name: string,
  type: PrometheusType,
  { description, unit }: Pick<Metric, 'description' | 'unit'>,
): Family {
  const common = { name, help: description, unit: unitIn(name, unit) }
  if (type === 'histogram') {
    return { ...common, type, arithmetic: DISTRIBUTIONS, series: new Map() }
  }
  return { ...common, type, arithmetic: NUMBERS, series: new Map() }
}

/** The unit in words where a name ends with it, before `_total`: OpenMetrics allows no other. */
function unitIn(name: string, unit: string): string {
  const { main, per } = unitWords(unit)
  const words = unit === '1' ? 'ratio' : [main, per].filter(Boolean).join('_')
  return words !== '' && name.replace(/_total$/, '').endsWith(`_${words}`) ? words : ''
}

/** The series with these labels, made when there is none. */
export function seriesOf<V>(family: FamilyOf<PrometheusType, V>, labels: string): Series<V> {
  const known = family.series.get(labels)
  if (known) return known
  const series = new Series(labels, family.arithmetic)
  family.series.set(labels, series)
  return series
}

/** Forgets what was last seen before `cutoffMs`; true when no series is left. */
export function expireFamily({ series }: Family, cutoffMs: number): boolean {
  for (const [labels, one] of series) if (one.expire(cutoffMs)) series.delete(labels)
  return series.size === 0
}
