import { type ExemplarLine, type Family, type PageReader, type Sample } from './exposition.ts'
import { numberOf } from './exposition.ts'

/** A line that belongs to a data point of several lines. */
interface Bucket {
  readonly bound: number
  readonly value: number
}

/** One data point as its lines have it. */
export interface PagePoint {
  /** Names and values in turn, sorted, each name once, without `le` and `quantile`. */
  readonly labels: readonly string[]
  readonly key: string
  value: number | undefined
  sum: number | undefined
  count: number | undefined
  createdMs: number | undefined
  timeMs: number | undefined
  readonly buckets: Bucket[]
  readonly exemplars: ExemplarLine[]
}

/** All data points of one name. */
export interface PageMetric {
  readonly name: string
  readonly family: Family
  readonly points: Map<string, PagePoint>
}

type Role = 'value' | 'bucket' | 'sum' | 'count' | 'created'

interface Place {
  readonly metric: PageMetric
  readonly role: Role
}

/** The suffixes of the samples of each type, and what those are. */
const ROLES: Readonly<Record<string, readonly (readonly [suffix: string, role: Role])[]>> = {
  counter: [
    ['_total', 'value'],
    ['_created', 'created'],
  ],
  histogram: [
    ['_bucket', 'bucket'],
    ['_sum', 'sum'],
    ['_count', 'count'],
    ['_created', 'created'],
  ],
  gaugehistogram: [
    ['_bucket', 'bucket'],
    ['_gsum', 'sum'],
    ['_gcount', 'count'],
  ],
  summary: [
    ['_sum', 'sum'],
    ['_count', 'count'],
    ['_created', 'created'],
  ],
  info: [['_info', 'value']],
}

/** More samples came than are allowed. */
export class TooManySamples extends Error {
  override readonly name = 'TooManySamples'

  constructor(limit: number) {
    super(`more than ${limit} samples (sample_limit)`)
  }
}

/** Puts the samples of a page together to data points. */
export class Page implements PageReader {
  readonly metrics = new Map<string, PageMetric>()
  /** Samples that were read. */
  samples = 0
  /** Of those, what came for the second time and was left out. */
  duplicates = 0
  /** Of those, what belongs to no bound or quantile. */
  unplaced = 0
  readonly #limit: number
  readonly #families = new Map<string, Family>()
  readonly #places = new Map<string, Place>()

  constructor(limit: number) {
    this.#limit = limit
  }

  family(name: string): Family {
    const known = this.#families.get(name)
    if (known) return known
    const family: Family = { name, type: 'unknown', help: '', unit: '' }
    this.#families.set(name, family)
    return family
  }

  sample(sample: Sample): void {
    if (++this.samples > this.#limit) throw new TooManySamples(this.#limit)
    const { metric, role } = this.#placeOf(sample.name)
    const bound = boundNameOf(metric.family, role)
    const point = pointOf(metric, sample.labels, bound)
    if (sample.timeMs !== undefined) point.timeMs = sample.timeMs
    if (sample.exemplar) point.exemplars.push(sample.exemplar)
    if (bound !== undefined) return this.#addBucket(point, sample, bound)
    this.#set(point, role, sample.value)
  }

  #addBucket(point: PagePoint, { labels, value }: Sample, name: string): void {
    const bound = numberOf(valueOf(labels, name) ?? '')
    if (bound === undefined || Number.isNaN(bound)) this.unplaced++
    else point.buckets.push({ bound, value })
  }

  #set(point: PagePoint, role: Role, value: number): void {
    switch (role) {
      case 'created':
        point.createdMs = value * 1_000
        return
      case 'sum':
        if (point.sum !== undefined) this.duplicates++
        else point.sum = value
        return
      case 'count':
        if (point.count !== undefined) this.duplicates++
        else point.count = value
        return
      case 'value':
      case 'bucket':
        if (point.value !== undefined) this.duplicates++
        else point.value = value
    }
  }

  #placeOf(name: string): Place {
    const known = this.#places.get(name)
    if (known) return known
    const place = this.#findPlace(name)
    this.#places.set(name, place)
    return place
  }

  #findPlace(name: string): Place {
    const own = this.#families.get(name)
    if (own) return { metric: this.#metricOf(name, own), role: 'value' }
    const end = name.lastIndexOf('_')
    const family = end > 0 ? this.#families.get(name.slice(0, end)) : undefined
    const role = family && ROLES[family.type]?.find(([suffix]) => suffix === name.slice(end))
    if (!family || !role) return { metric: this.#metricOf(name, this.family(name)), role: 'value' }
    // The name of a counter in OTLP is that of its samples, as the Collector has it.
    const keeps = family.type === 'counter' || family.type === 'info'
    const suffix = family.type === 'counter' ? '_total' : '_info'
    const metricName = keeps ? `${family.name}${suffix}` : family.name
    return { metric: this.#metricOf(metricName, family), role: role[1] }
  }

  #metricOf(name: string, family: Family): PageMetric {
    const known = this.metrics.get(name)
    if (known) return known
    const metric = { name, family, points: new Map<string, PagePoint>() }
    this.metrics.set(name, metric)
    return metric
  }
}

/** The label that tells the lines of one data point apart; undefined where there is one line only. */
function boundNameOf({ type }: Family, role: Role): string | undefined {
  if (role === 'bucket') return 'le'
  return type === 'summary' && role === 'value' ? 'quantile' : undefined
}

function pointOf(
  metric: PageMetric,
  labels: readonly string[],
  without: string | undefined,
): PagePoint {
  const own = tidy(labels, without)
  const key = own.join('\0')
  const known = metric.points.get(key)
  if (known) return known
  const point: PagePoint = {
    labels: own,
    key,
    value: undefined,
    sum: undefined,
    count: undefined,
    createdMs: undefined,
    timeMs: undefined,
    buckets: [],
    exemplars: [],
  }
  metric.points.set(key, point)
  return point
}

/** Labels without one of them and without empty ones, sorted; of those of the same name the last. */
function tidy(labels: readonly string[], without: string | undefined): readonly string[] {
  let isTidy = without === undefined
  for (let i = 0; isTidy && i < labels.length; i += 2) {
    const isLater = i === 0 || (labels[i - 2] as string) < (labels[i] as string)
    isTidy = isLater && labels[i + 1] !== ''
  }
  if (isTidy) return labels
  const kept = new Map<string, string>()
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string
    if (name !== without) kept.set(name, labels[i + 1] as string)
  }
  const pairs = [...kept].filter(([, value]) => value !== '')
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)).flat()
}

function valueOf(labels: readonly string[], name: string): string | undefined {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]
  return undefined
}
