import type { Clock } from '../../src/helpers/clock.ts'
import {
  type HistogramPoint,
  type Metric,
  type MetricGroup,
  type Metrics,
  type Point,
} from '../../src/pdata/metrics.ts'
import { type Explicit, explicitOf, sameBounds } from './explicit.ts'
import { exponentialOf } from './exponential.ts'
import { expireFamily, makeFamily, seriesOf } from './family.ts'
import type { Family, FamilyOf, HistogramFamily, NumberFamily } from './family.ts'
import { type LabelOptions, Labels } from '../../src/helpers/prometheus_labels.ts'
import {
  metricName,
  type NamingOptions,
  type PrometheusType,
} from '../../src/helpers/prometheus_name.ts'
import { modeOf, typeOf } from './metric_type.ts'
import type { Mode, Refusal } from './series.ts'
import { Targets } from './targets.ts'

/** How the store names and keeps what comes. */
export interface StoreOptions {
  readonly naming: NamingOptions
  readonly labels: LabelOptions
  /** A series that nothing came for in this many milliseconds is forgotten. */
  readonly expirationMs: number
  readonly clock: Clock
}

/** Why data points were not taken. */
export type DropReason = Refusal | 'invalid_name' | 'type_conflict' | 'delta_gauge' | 'summary'

/** How many data points were not taken for one reason, and a metric that they were of. */
export interface Drops {
  items: number
  readonly metric: string
}

/** What the metrics of one group have in common while they are taken. */
interface Taking {
  readonly group: MetricGroup
  readonly source: string
  readonly nowMs: number
  readonly drops: Map<DropReason, Drops>
}

/** Where the data points of one metric go, and how. */
interface Into<V> {
  readonly family: FamilyOf<PrometheusType, V>
  readonly metric: Metric
  readonly mode: Mode
}

/** How often series that nobody scrapes are looked through, at most, in milliseconds. */
const SWEEP_MS = 30_000

/** The latest values of all series. */
export class Store {
  readonly #options: StoreOptions
  readonly #labels: Labels
  readonly #families = new Map<string, Family>()
  readonly #targets = new Targets()
  #sweptMs: number
  #bounds: readonly number[] = []

  constructor(options: StoreOptions) {
    this.#options = options
    this.#labels = new Labels(options.labels)
    this.#sweptMs = options.clock.now()
  }

  /** Takes a batch; returns what was not taken, by reason. */
  add(batch: Metrics): ReadonlyMap<DropReason, Drops> {
    const nowMs = this.#options.clock.now()
    const drops = new Map<DropReason, Drops>()
    for (const group of batch.groups) {
      const source = this.#targets.see(group.resource, nowMs)
      const taking = { group, source, nowMs, drops }
      for (const metric of group.metrics) this.#addMetric(taking, metric)
    }
    if (nowMs - this.#sweptMs >= SWEEP_MS) this.#sweep()
    return drops
  }

  #addMetric(taking: Taking, metric: Metric): void {
    const { points, type: otlpType } = metric.data
    if (otlpType === 'summary') return drop(taking, metric, 'summary', points.length)
    const mode = modeOf(metric)
    if (!mode) return drop(taking, metric, 'delta_gauge', points.length)
    const type = typeOf(metric)
    const isGauge = otlpType === 'gauge'
    const name = metricName({ ...metric, type, isGauge }, this.#options.naming)
    if (name === '') return drop(taking, metric, 'invalid_name', points.length)
    const family = this.#familyOf(name, type, metric)
    if (!family) return drop(taking, metric, 'type_conflict', points.length)
    this.#addPoints(taking, family, metric, mode)
  }

  #familyOf(name: string, type: PrometheusType, metric: Metric): Family | undefined {
    const known = this.#families.get(name)
    if (known?.type === type) return known
    if (known && !expireFamily(known, this.#cutoffMs)) return undefined
    const family = makeFamily(name, type, metric)
    this.#families.set(name, family)
    return family
  }

  #addPoints(taking: Taking, family: Family, metric: Metric, mode: Mode): void {
    const { data } = metric
    // The family was made, or found, for the type of the metric.
    const numbers = family as NumberFamily
    const histograms = family as HistogramFamily
    switch (data.type) {
      case 'gauge':
      case 'sum':
        for (const point of data.points) {
          this.#addPoint(taking, { family: numbers, metric, mode }, point, Number(point.value))
        }
        return
      case 'histogram':
        for (const point of data.points) {
          this.#addPoint(taking, { family: histograms, metric, mode }, point, this.#explicit(point))
        }
        return
      case 'exponential_histogram':
        for (const point of data.points) {
          this.#addPoint(taking, { family: histograms, metric, mode }, point, exponentialOf(point))
        }
        return
      case 'summary': // Dropped before.
    }
  }

  #addPoint<V>(
    taking: Taking,
    { family, metric, mode }: Into<V>,
    { attributes, timeNs, startNs, exemplars }: Point,
    value: V,
  ): void {
    const { group, source, nowMs } = taking
    const labels = this.#labels.text(group.resource, group.scope, attributes)
    const sample = { source, value, timeNs, startNs, exemplars }
    const refusal = seriesOf(family, labels).add(sample, mode, nowMs)
    if (refusal) drop(taking, metric, refusal, 1)
  }

  /** Bounds that are the same are one array, so that their texts are made once. */
  #explicit(point: HistogramPoint): Explicit {
    const explicit = explicitOf(point)
    if (!sameBounds(explicit.bounds, this.#bounds)) this.#bounds = explicit.bounds
    return { ...explicit, bounds: this.#bounds }
  }

  /** The families that have series, by name. */
  families(): Family[] {
    this.#sweep()
    return [...this.#families.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** The labels of each `target_info`. */
  targets(): string[] {
    this.#targets.expire(this.#cutoffMs)
    return this.#targets.labels()
  }

  get #cutoffMs(): number {
    return this.#options.clock.now() - this.#options.expirationMs
  }

  #sweep(): void {
    const cutoffMs = this.#cutoffMs
    this.#sweptMs = this.#options.clock.now()
    this.#targets.expire(cutoffMs)
    for (const [name, family] of this.#families) {
      if (expireFamily(family, cutoffMs)) this.#families.delete(name)
    }
  }
}

function drop({ drops }: Taking, { name }: Metric, reason: DropReason, items: number): void {
  const known = drops.get(reason)
  if (known) known.items += items
  else if (items > 0) drops.set(reason, { items, metric: name })
}
