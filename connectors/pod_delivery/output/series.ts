import { type ExplicitBounds, ExplicitHistogram } from '../../../src/helpers/explicit_histogram.ts'
import {
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  TEMPORALITY,
  type Temporality,
} from '../../../src/pdata/metrics.ts'

/** Attributes of a series: texts, always the same keys in the same order. */
export type Labels = Readonly<Record<string, string>>

/** OpenTelemetry SDK specification, cardinality limits. */
const OVERFLOW = { 'otel.metric.overflow': true } as const

interface Row {
  readonly attributes: Labels | typeof OVERFLOW
  startNs: bigint
  value: number
  readonly histogram: ExplicitHistogram | undefined
  changed: boolean
}

/** What a metric is. */
export interface SeriesFacts {
  readonly name: string
  readonly description: string
  readonly unit: string
  /** Upper bounds of a histogram; a sum without. */
  readonly bounds?: ExplicitBounds
}

/** The series of one metric, so many at most. */
export class Series {
  overflowed = 0
  readonly #facts: SeriesFacts
  readonly #limit: number
  readonly #rows = new Map<string, Row>()

  constructor(facts: SeriesFacts, limit: number) {
    this.#facts = facts
    this.#limit = limit
  }

  get size(): number {
    return this.#rows.size
  }

  /** Counts once, or a value of a histogram. */
  record(attributes: Labels, nowNs: bigint, value = 1): void {
    const row = this.#rowOf(attributes, nowNs)
    row.changed = true
    if (row.histogram) row.histogram.record(value)
    else row.value += value
  }

  #rowOf(attributes: Labels, nowNs: bigint): Row {
    const key = Object.values(attributes).join('\n')
    const known = this.#rows.get(key)
    if (known) return known
    if (this.#limit > 0 && this.#rows.size >= this.#limit) {
      this.overflowed++
      return this.#rows.get('') ?? this.#add('', OVERFLOW, nowNs)
    }
    return this.#add(key, attributes, nowNs)
  }

  #add(key: string, attributes: Row['attributes'], startNs: bigint): Row {
    const { bounds } = this.#facts
    const histogram = bounds && new ExplicitHistogram(bounds)
    const row: Row = { attributes, startNs, value: 0, histogram, changed: true }
    this.#rows.set(key, row)
    return row
  }

  /** The metric with the series that changed since, or with all. Deltas count from there on. */
  take(nowNs: bigint, temporality: Temporality, all: boolean): Metric | undefined {
    const isDelta = temporality === TEMPORALITY.delta
    const rows = [...this.#rows.values()].filter(({ changed }) => changed || (all && !isDelta))
    if (rows.length === 0) return undefined
    const metric = this.#metricOf(rows, nowNs, temporality)
    for (const row of rows) {
      row.changed = false
      if (isDelta) reset(row, nowNs)
    }
    return metric
  }

  #metricOf(rows: readonly Row[], timeNs: bigint, temporality: Temporality): Metric {
    const { name, description, unit, bounds } = this.#facts
    const base = ({ attributes, startNs }: Row) => ({ attributes, startNs, timeNs, exemplars: [] })
    if (bounds) {
      const points: HistogramPoint[] = rows.map((row) => ({
        ...base(row),
        ...(row.histogram as ExplicitHistogram).values(),
      }))
      return { name, description, unit, data: { type: 'histogram', points, temporality } }
    }
    const points: NumberPoint[] = rows.map((row) => ({ ...base(row), value: row.value }))
    return { name, description, unit, data: { type: 'sum', points, temporality, monotonic: true } }
  }
}

function reset(row: Row, nowNs: bigint): void {
  row.startNs = nowNs
  row.value = 0
  row.histogram?.reset()
}
