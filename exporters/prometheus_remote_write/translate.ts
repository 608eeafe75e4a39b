import { exemplarPairs } from '../../src/helpers/prometheus_exemplars.ts'
import { Labels, labelsOf, labelPairs } from '../../src/helpers/prometheus_labels.ts'
import type { LabelOptions, LabelPairs } from '../../src/helpers/prometheus_labels.ts'
import { instanceOf, jobOf, SERVICE_ATTRIBUTES } from '../../src/helpers/prometheus_labels.ts'
import { metricName, type NamingOptions } from '../../src/helpers/prometheus_name.ts'
import { unitWords } from '../../src/helpers/prometheus_units.ts'
import { pointCountOf, TEMPORALITY } from '../../src/pdata/metrics.ts'
import type { HistogramPoint, Metric, MetricGroup } from '../../src/pdata/metrics.ts'
import type { Metrics, Point, SummaryPoint } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { nativeOf, type HistogramFault } from './native_histogram.ts'
import { SeriesTable, type SeriesName } from './series_table.ts'
import { METRIC_TYPE, type Metadata, type WriteExemplar, type WriteSeries } from './write_series.ts'

/** How metrics are translated. */
export interface TranslateOptions {
  readonly naming: NamingOptions
  readonly labels: LabelOptions
  readonly targetInfo: boolean
}

/** Why data points are not written. */
export type DropReason = HistogramFault | 'delta' | 'invalid_name' | 'duplicate'

/** How many data points are not written for one reason, and a metric that they are of. */
export interface Drops {
  items: number
  readonly metric: string
}

/** A batch as series. */
export interface Translated {
  readonly series: readonly WriteSeries[]
  readonly drops: ReadonlyMap<DropReason, Drops>
}

/** The bit of `DataPointFlags` that says that there is no value any more. */
const NO_VALUE = 1

/** What the points of one metric have in common. */
interface Taking {
  readonly group: MetricGroup
  readonly metric: Metric
  readonly name: string
  readonly metadata: Metadata
}

/** Makes series of metrics. Keeps nothing but what labels resources have. */
export class Translator {
  readonly #options: TranslateOptions
  readonly #labels: Labels
  readonly #targets = new WeakMap<Resource, LabelPairs>()
  #table = new SeriesTable()
  #drops = new Map<DropReason, Drops>()

  constructor(options: TranslateOptions) {
    this.#options = options
    this.#labels = new Labels(options.labels)
  }

  /** The series of a batch, the samples of each in the order of their times. */
  translate(batch: Metrics): Translated {
    this.#table = new SeriesTable()
    this.#drops = new Map()
    const latest = new Map<Resource, number>()
    for (const group of batch.groups) {
      let last = latest.get(group.resource) ?? 0
      for (const metric of group.metrics) last = Math.max(last, this.#addMetric(group, metric))
      latest.set(group.resource, last)
    }
    if (this.#options.targetInfo) {
      for (const [resource, timeMs] of latest) this.#addTarget(resource, timeMs)
    }
    for (const metric of this.#table.close()) this.#drop('duplicate', 1, metric)
    return { series: this.#table.series, drops: this.#drops }
  }

  /** Returns the time of the latest data point, 0 for none. */
  #addMetric(group: MetricGroup, metric: Metric): number {
    const { data } = metric
    if ('temporality' in data && data.temporality !== TEMPORALITY.cumulative) {
      this.#drop('delta', pointCountOf(metric), metric.name)
      return 0
    }
    const type = typeOf(data)
    const { name: given, unit: givenUnit } = metric
    const named = { name: given, unit: givenUnit, type, isGauge: data.type === 'gauge' }
    const name = metricName(named, this.#options.naming)
    if (name === '') {
      this.#drop('invalid_name', pointCountOf(metric), metric.name)
      return 0
    }
    const { main, per } = unitWords(metric.unit)
    const unit = [main, per].filter(Boolean).join('_')
    const metadata = { type: METRIC_TYPE[type], family: name, help: metric.description, unit }
    return this.#addPoints({ group, metric, name, metadata })
  }

  #addPoints(taking: Taking): number {
    const { data } = taking.metric
    let last = 0
    for (const point of data.points) last = Math.max(last, msOf(point.timeNs))
    switch (data.type) {
      case 'gauge':
        for (const point of data.points) this.#addNumber(taking, point, Number(point.value), 0)
        break
      case 'sum':
        for (const point of data.points) {
          const startMs = data.monotonic ? msOf(point.startNs) : 0
          this.#addNumber(taking, point, Number(point.value), startMs)
        }
        break
      case 'histogram':
        for (const point of data.points) this.#addHistogram(taking, point)
        break
      case 'exponential_histogram':
        for (const point of data.points) {
          const native = nativeOf(point, timesOf(point))
          if (typeof native === 'string') this.#drop(native, 1, taking.metric.name)
          else {
            const series = this.#table.histogram(this.#nameOf(taking, point), native)
            series.exemplars.push(...point.exemplars.map(exemplarOf))
          }
        }
        break
      case 'summary':
        for (const point of data.points) this.#addSummary(taking, point)
    }
    return last
  }

  #nameOf({ group, name, metadata }: Taking, { attributes }: Point): SeriesName {
    const labels = this.#labels.pairs(group.resource, group.scope, attributes)
    return { name, labels, metadata }
  }

  #addNumber(taking: Taking, point: Point, value: number, startMs: number): void {
    const sample = { ...timesOf(point), startMs, value }
    const series = this.#table.sample(this.#nameOf(taking, point), sample, 1)
    if (point.exemplars.length > 0) series.exemplars.push(...point.exemplars.map(exemplarOf))
  }

  #addHistogram(taking: Taking, point: HistogramPoint): void {
    const { count, sum, bounds, counts, exemplars } = point
    const of = this.#nameOf(taking, point)
    const times = timesOf(point)
    const table = this.#table
    if (sum !== undefined) table.sample({ ...of, suffix: '_sum' }, { ...times, value: sum }, 0)
    table.sample({ ...of, suffix: '_count' }, { ...times, value: count }, 1)
    let below = 0
    let low = -Infinity
    for (let i = 0; i <= bounds.length; i++) {
      const bound = bounds[i] ?? Infinity
      below = bound === Infinity ? count : below + (counts[i] ?? 0)
      const bucket = { ...of, suffix: '_bucket', label: ['le', boundText(bound)] as const }
      const series = table.sample(bucket, { ...times, value: below }, 0)
      if (exemplars.length > 0) addExemplars(series, point, low, bound)
      low = bound
      if (bound === Infinity) return
    }
  }

  #addSummary(taking: Taking, point: SummaryPoint): void {
    const of = this.#nameOf(taking, point)
    const times = timesOf(point)
    this.#table.sample({ ...of, suffix: '_sum' }, { ...times, value: point.sum }, 0)
    this.#table.sample({ ...of, suffix: '_count' }, { ...times, value: point.count }, 1)
    for (const { quantile, value } of point.quantiles) {
      const label = ['quantile', boundText(quantile)] as const
      this.#table.sample({ ...of, label }, { ...times, value }, 0)
    }
  }

  #addTarget(resource: Resource, timeMs: number): void {
    const labels = this.#targetOf(resource)
    if (labels.length === 0 || timeMs === 0) return
    const name = metricName(TARGET, { ...this.#options.naming, suffixes: false })
    const metadata = { type: METRIC_TYPE.gauge, family: name, help: 'Target metadata', unit: '' }
    const sample = { value: 1, stale: false, timeMs, startMs: 0 }
    this.#table.sample({ name, labels, metadata }, sample, 0)
  }

  /** The labels of `target_info`; none where they would tell nothing, or not about whom. */
  #targetOf(resource: Resource): LabelPairs {
    const known = this.#targets.get(resource)
    if (known) return known
    const { attributes } = resource
    const { utf8, constLabels } = this.#options.labels
    const identity = labelsOf({ job: jobOf(attributes), instance: instanceOf(attributes) })
    const facts = labelsOf(attributes, utf8).filter(({ key }) => !SERVICE_ATTRIBUTES.has(key))
    const own = [...facts, ...identity]
    const free = labelsOf(constLabels, utf8).filter((c) => !own.some(({ name }) => name === c.name))
    const tells = identity.length > 0 && facts.length > 0
    const labels = tells ? labelPairs([...own, ...free]) : []
    this.#targets.set(resource, labels)
    return labels
  }

  #drop(reason: DropReason, items: number, metric: string): void {
    const known = this.#drops.get(reason)
    if (known) known.items += items
    else if (items > 0) this.#drops.set(reason, { items, metric })
  }
}

const TARGET = { name: 'target_info', unit: '', type: 'gauge', isGauge: false } as const

function typeOf(data: Metric['data']): 'counter' | 'gauge' | 'histogram' | 'summary' {
  switch (data.type) {
    case 'gauge':
      return 'gauge'
    case 'sum':
      return data.monotonic ? 'counter' : 'gauge'
    case 'summary':
      return 'summary'
    case 'histogram':
    case 'exponential_histogram':
      return 'histogram'
  }
}

function timesOf({ flags = 0, timeNs, startNs }: Point): {
  readonly stale: boolean
  readonly timeMs: number
  readonly startMs: number
} {
  return { stale: (flags & NO_VALUE) !== 0, timeMs: msOf(timeNs), startMs: msOf(startNs) }
}

function msOf(ns: bigint): number {
  return Number(ns / 1_000_000n)
}

/** Each exemplar of a histogram belongs to the lowest bucket that has its value. */
function addExemplars(series: WriteSeries, { exemplars }: Point, low: number, high: number): void {
  for (const exemplar of exemplars) {
    const { value } = exemplar
    if (value <= high && (value > low || low === -Infinity)) {
      series.exemplars.push(exemplarOf(exemplar))
    }
  }
}

function exemplarOf(exemplar: Point['exemplars'][number]): WriteExemplar {
  const labels = exemplarPairs(exemplar)
  return { labels, value: exemplar.value, timeMs: msOf(exemplar.timeNs) }
}

const boundTexts = new Map<number, string>()
/** Bounds are configured by programs, so there are few; more than this many are not kept. */
const MAX_BOUNDS = 4096

/** A bound as the Collector writes it: shortest, and never with an exponent. */
export function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf'
  const known = boundTexts.get(bound)
  if (known !== undefined) return known
  const text = plainText(bound)
  if (boundTexts.size < MAX_BOUNDS) boundTexts.set(bound, text)
  return text
}

function plainText(value: number): string {
  const text = String(value)
  const [digits, exponent] = text.split('e') as [string, string | undefined]
  if (exponent === undefined || !Number.isFinite(value)) return text
  const sign = digits.startsWith('-') ? '-' : ''
  const [whole, rest = ''] = digits.replace('-', '').split('.') as [string, string | undefined]
  const point = whole.length + Number(exponent)
  const all = whole + rest
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${all}`
  return sign + all.padEnd(point, '0')
}
