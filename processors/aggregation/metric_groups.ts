import type {
  HistogramPoint,
  Metric,
  MetricData,
  MetricGroup,
  NumberPoint,
  Temporality,
} from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { Instrument } from './instruments.ts'
import type { Layout } from './layout.ts'
import type { Row } from './rollup.ts'
import { PLAIN, type Side } from './sides.ts'

/** Microseconds in a second. */
const PER_SECOND = 1e6

type Points = (NumberPoint | HistogramPoint)[]

/** Makes metrics of series. */
export class MetricGroups {
  readonly #scope: Scope
  readonly #temporality: Temporality
  readonly #timeNs: bigint
  readonly #resources = new Map<Resource, Map<Instrument, Points>>()

  constructor(scope: Scope, temporality: Temporality, timeNs: bigint) {
    this.#scope = scope
    this.#temporality = temporality
    this.#timeNs = timeNs
  }

  /** Adds the data points of a series. */
  add(row: Row, { placed, boundsSeconds }: Layout): void {
    for (const { instrument, slot } of placed) {
      if (instrument.gauge) this.#addHistogram(row, instrument, row.from + slot, boundsSeconds)
      else this.#addNumbers(row, instrument, row.from + slot)
    }
  }

  #addNumbers(row: Row, instrument: Instrument, from: number): void {
    for (const [i, { side }] of (instrument.parts ?? []).entries()) {
      const value = row.values[from + i] as number
      if (value === 0) continue
      const number = instrument.micro ? { value: value / PER_SECOND, isDouble: true } : { value }
      this.#pointsOf(row.resource, instrument).push({ ...this.#common(row, side), ...number })
    }
  }

  #addHistogram(row: Row, instrument: Instrument, from: number, bounds: readonly number[]): void {
    const first = from + 1
    const counts = [...row.values.subarray(first, first + bounds.length + 1)]
    const count = counts.reduce((sum, one) => sum + one, 0)
    if (count === 0) return
    const sum = (row.values[from] as number) / PER_SECOND
    const point = { ...this.#common(row, instrument.side ?? PLAIN), count, sum, bounds, counts }
    this.#pointsOf(row.resource, instrument).push(point)
  }

  #common(row: Row, side: Side) {
    const { startNs } = row
    return { attributes: row.attributes(side), startNs, timeNs: this.#timeNs, exemplars: [] }
  }

  #pointsOf(resource: Resource, instrument: Instrument): Points {
    const metrics = this.#resources.get(resource) ?? new Map<Instrument, Points>()
    this.#resources.set(resource, metrics)
    const points = metrics.get(instrument) ?? []
    metrics.set(instrument, points)
    return points
  }

  /** What was added, by resource. */
  groups(): MetricGroup[] {
    return [...this.#resources].map(([resource, metrics]) => ({
      resource,
      scope: this.#scope,
      metrics: [...metrics].map(([instrument, points]) => this.#metric(instrument, points)),
    }))
  }

  #metric(instrument: Instrument, points: Points): Metric {
    const { name, description, unit } = instrument
    return { name, description, unit, data: this.#data(instrument, points) }
  }

  #data({ gauge }: Instrument, points: Points): MetricData {
    const temporality = this.#temporality
    return gauge
      ? { type: 'histogram', points: points as HistogramPoint[], temporality }
      : { type: 'sum', points: points as NumberPoint[], temporality, monotonic: true }
  }
}
