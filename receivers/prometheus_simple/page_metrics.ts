import { ucumOf } from '../../src/helpers/prometheus_units.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { TEMPORALITY } from '../../src/pdata/metrics.ts'
import type {
  Exemplar,
  HistogramPoint,
  Metric,
  MetricGroup,
  Point,
} from '../../src/pdata/metrics.ts'
import type { NumberPoint, SummaryPoint } from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { ExemplarLine, FamilyType } from './exposition.ts'
import type { Page, PageMetric, PagePoint } from './page.ts'
import type { MetricShape, Remembered, SeriesMemory } from './series_memory.ts'

/** What all data points of a scrape have in common. */
export interface PageFacts {
  /** Labels of the configuration. */
  readonly labels: Readonly<Record<string, string>>
  /** Nanoseconds since 1970: when the scrape began. */
  readonly timeNs: bigint
  /** The scope of what names none. */
  readonly scope: Scope
}

/** What became of a page. */
export interface PageMetrics {
  readonly groups: MetricGroup[]
  /** Data points that have no form in OTLP, or are not whole. */
  readonly left: number
}

/** The bit of `DataPointFlags` that says that there is no value any more. */
const NO_VALUE = 1

/** The name whose labels are attributes of the resource. */
export const TARGET_INFO = 'target_info'

type AnyPoint = NumberPoint | HistogramPoint | SummaryPoint

/** Collects data points by scope and metric. */
class Collected {
  readonly #scopes = new Map<Scope, Map<MetricShape, AnyPoint[]>>()

  add(shape: MetricShape, point: AnyPoint): void {
    let shapes = this.#scopes.get(shape.scope)
    if (!shapes) this.#scopes.set(shape.scope, (shapes = new Map<MetricShape, AnyPoint[]>()))
    const points = shapes.get(shape)
    if (points) points.push(point)
    else shapes.set(shape, [point])
  }

  groups(resource: Resource): MetricGroup[] {
    return [...this.#scopes].map(([scope, shapes]) => ({
      resource,
      scope,
      metrics: [...shapes].map(([shape, points]) => metricOf(shape, points)),
    }))
  }
}

/** The metrics of a page, and the ends of the series that it no longer has. */
export function pageMetrics(
  page: Page,
  resource: Resource,
  memory: SeriesMemory,
  facts: PageFacts,
): PageMetrics {
  const collected = new Collected()
  const scopes = new Map<string, Scope>()
  let left = page.unplaced + page.duplicates
  for (const metric of page.metrics.values()) {
    if (metric.name === TARGET_INFO) continue
    const shapes = new Map<Scope, MetricShape>()
    for (const point of metric.points.values()) {
      const { scope, attributes } = split(point.labels, facts, scopes)
      let shape = shapes.get(scope)
      if (!shape) shapes.set(scope, (shape = shapeOf(metric, scope)))
      const made = pointOf(metric, shape, point, attributes, memory, facts)
      if (made) collected.add(shape, made)
      else left++
    }
  }
  addEnds(memory.gone(), facts.timeNs, collected)
  return { groups: collected.groups(resource), left }
}

/** The ends of all series of a target that did not answer. */
export function endMetrics(
  memory: SeriesMemory,
  resource: Resource,
  timeNs: bigint,
): MetricGroup[] {
  const collected = new Collected()
  addEnds(memory.endAll(), timeNs, collected)
  return collected.groups(resource)
}

function addEnds(ended: readonly Remembered[], timeNs: bigint, collected: Collected): void {
  for (const { shape, attributes, startNs } of ended) {
    const counts = shape.type !== 'gauge'
    const common = { attributes, startNs: counts ? startNs : 0n, timeNs, exemplars: [] }
    collected.add(shape, { ...common, flags: NO_VALUE, ...emptyOf(shape.type) })
  }
}

function emptyOf(type: MetricShape['type']) {
  if (type === 'histogram') return { count: 0, bounds: [], counts: [0] }
  return type === 'summary' ? { count: 0, sum: 0, quantiles: [] } : { value: 0, isDouble: true }
}

function metricOf(shape: MetricShape, points: readonly AnyPoint[]): Metric {
  const { name, description, unit, metadata, type, monotonic } = shape
  const texts = { name, description, unit, ...(metadata && { metadata }) }
  const temporality = TEMPORALITY.cumulative
  // Points were made for the type of their shape.
  switch (type) {
    case 'histogram':
      return { ...texts, data: { type, points: points as HistogramPoint[], temporality } }
    case 'summary':
      return { ...texts, data: { type, points: points as SummaryPoint[] } }
    case 'sum':
      return { ...texts, data: { type, points: points as NumberPoint[], temporality, monotonic } }
    default:
      return { ...texts, data: { type: 'gauge', points: points as NumberPoint[] } }
  }
}

/** What each type is in OTLP; a `gaugehistogram`, whose counts may fall, is nothing there. */
const TYPES: Readonly<Record<FamilyType, MetricShape['type'] | undefined>> = {
  counter: 'sum',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: undefined,
  summary: 'summary',
  unknown: 'gauge',
  info: 'sum',
  stateset: 'sum',
}

function shapeOf({ name, family }: PageMetric, scope: Scope): MetricShape {
  const { type, help, unit } = family
  return {
    name,
    description: help,
    unit: ucumOf(unit),
    metadata: { 'prometheus.type': type },
    type: TYPES[type] ?? 'histogram',
    monotonic: type === 'counter',
    scope,
  }
}

/** Labels that name the scope are the scope; those of the configuration come before others. */
function split(
  labels: readonly string[],
  { labels: own, scope: usual }: PageFacts,
  scopes: Map<string, Scope>,
): { readonly scope: Scope; readonly attributes: Attributes } {
  const attributes: Record<string, string> = { ...own }
  let name = ''
  let version = ''
  const about: Record<string, string> = {}
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i] as string
    const value = labels[i + 1] as string
    if (label === 'otel_scope_name') name = value
    else if (label === 'otel_scope_version') version = value
    else if (label.startsWith('otel_scope_')) about[label.slice('otel_scope_'.length)] = value
    else attributes[isTaken(label, own) ? `exported_${label}` : label] = value
  }
  if (name === '') return { scope: usual, attributes }
  const key = JSON.stringify([name, version, about])
  let scope = scopes.get(key)
  if (!scope) {
    const { schema_url: schemaUrl, ...rest } = about
    const facts = Object.keys(rest).length > 0 && { attributes: rest }
    scope = { name, version, ...facts, ...(schemaUrl !== undefined && { schemaUrl }) }
    scopes.set(key, scope)
  }
  return { scope, attributes }
}

/** As Prometheus does: labels of the target stay, those of the page are renamed. */
function isTaken(label: string, own: Readonly<Record<string, string>>): boolean {
  return label === 'job' || label === 'instance' || Object.hasOwn(own, label)
}

function pointOf(
  metric: PageMetric,
  shape: MetricShape,
  point: PagePoint,
  attributes: Attributes,
  memory: SeriesMemory,
  facts: PageFacts,
): AnyPoint | undefined {
  const { type } = metric.family
  if (TYPES[type] === undefined) return undefined
  const value = shape.type === 'histogram' || shape.type === 'summary' ? point.count : point.value
  if (value === undefined) return undefined
  const timeNs = point.timeMs === undefined ? facts.timeNs : nsOf(point.timeMs)
  const createdNs = point.createdMs === undefined ? undefined : nsOf(point.createdMs)
  const key = `${metric.name}\0${shape.scope.name}\0${point.key}`
  const since = memory.see({ key, shape, attributes, timeNs, value, createdNs })
  const startNs = shape.type === 'gauge' || !counts(shape) ? 0n : since
  const exemplars = point.exemplars.map(exemplarOf)
  const common: Point = { attributes, startNs, timeNs, exemplars }
  if (shape.type === 'histogram') return histogramOf(point, value, common)
  if (shape.type === 'summary') return summaryOf(point, value, common)
  return { ...common, value, isDouble: true }
}

function counts({ type, monotonic }: MetricShape): boolean {
  return type === 'sum' ? monotonic : true
}

function histogramOf(
  { buckets, sum }: PagePoint,
  count: number,
  common: Point,
): HistogramPoint | undefined {
  if (!Number.isFinite(count)) return undefined
  const sorted = buckets.toSorted((a, b) => a.bound - b.bound)
  const bounds: number[] = []
  const counts: number[] = []
  let below = 0
  for (const { bound, value } of sorted) {
    if (bound === Infinity || bound === bounds.at(-1)) continue
    bounds.push(bound)
    counts.push(Math.max(0, value - below))
    below = Math.max(below, value)
  }
  counts.push(Math.max(0, count - below))
  return { ...common, count, bounds, counts, ...(sum !== undefined && { sum }) }
}

function summaryOf({ buckets, sum }: PagePoint, count: number, common: Point): SummaryPoint {
  const quantiles = buckets
    .map(({ bound, value }) => ({ quantile: bound, value }))
    .toSorted((a, b) => a.quantile - b.quantile)
  return { ...common, count, sum: sum ?? 0, quantiles }
}

function exemplarOf({ labels, value, timeMs }: ExemplarLine): Exemplar {
  const attributes: Record<string, string> = {}
  let [traceId, spanId] = ['', '']
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string
    const text = labels[i + 1] as string
    if (name === 'trace_id' && /^[0-9a-f]{32}$/i.test(text)) traceId = text.toLowerCase()
    else if (name === 'span_id' && /^[0-9a-f]{16}$/i.test(text)) spanId = text.toLowerCase()
    else attributes[name] = text
  }
  const timeNs = timeMs === undefined ? 0n : nsOf(timeMs)
  return { timeNs, value, isDouble: true, traceId, spanId, attributes }
}

/** Milliseconds since 1970 as nanoseconds; what no time can be is 0. */
export function nsOf(ms: number): bigint {
  if (!(ms > 0 && ms < 1e13)) return 0n
  const whole = Math.floor(ms)
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
}
