import { Exemplars } from '../../src/helpers/exemplars.ts'
import { ExplicitBounds, ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'
import { temporalityOf } from '../../src/helpers/metric_options.ts'
import { TEMPORALITY, type Temporality } from '../../src/pdata/metrics.ts'
import { BOUNDS_MS, type Dimension, type SpanMetricsConfig } from './config.ts'
import { DimensionList } from './dimension_list.ts'
import type { Series } from './series.ts'
import { SpanInput } from '../../src/helpers/span_input.ts'

/** What is counted. */
export type Measure = 'calls' | 'duration' | 'events'

/** What is counted by the same attributes. */
export interface Layout {
  readonly measures: readonly Measure[]
  readonly dimensions: readonly DimensionList[]
}

/** What the configuration means for the counting. */
export class Recipe {
  readonly config: SpanMetricsConfig
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  readonly temporality: Temporality
  readonly delta: boolean
  readonly input: SpanInput
  /** One for calls and durations where both have the same attributes, else one for each. */
  readonly layouts: readonly Layout[]
  /** Undefined where events are not counted. */
  readonly events: Layout | undefined
  /** How many nanoseconds make one of what is told. */
  readonly perUnit: number
  readonly has: {
    readonly service: boolean
    readonly name: boolean
    readonly kind: boolean
    readonly status: boolean
  }
  readonly #bounds: ExplicitBounds
  readonly #noExemplars = new Exemplars(0)

  constructor(config: SpanMetricsConfig, random: () => number) {
    const { histogram, dimensions, calls_dimensions, events, exclude_dimensions: excluded } = config
    this.config = config
    this.random = random
    this.temporality = temporalityOf(config.aggregation_temporality)
    this.delta = this.temporality === TEMPORALITY.delta
    const lists = [dimensions, calls_dimensions, histogram.dimensions, events.dimensions]
    this.input = new SpanInput(lists.flatMap((list) => list.flatMap(({ name }) => name ?? [])))
    this.layouts = this.#layouts()
    this.events = events.enabled ? this.#layout(['events'], events.dimensions) : undefined
    this.has = {
      service: !excluded.includes('service.name'),
      name: !excluded.includes('span.name'),
      kind: !excluded.includes('span.kind'),
      status: !excluded.includes('status.code'),
    }
    this.perUnit = histogram.unit === 's' ? 1e9 : 1e6
    const msPerUnit = this.perUnit / 1e6
    const buckets = histogram.explicit?.buckets ?? BOUNDS_MS
    this.#bounds = new ExplicitBounds(
      buckets.map((ms) => ms / (msPerUnit === 1 ? 1 : 1000)),
      this.perUnit,
    )
  }

  /** A histogram of durations in nanoseconds. */
  histogram(): NonNullable<Series['histogram']> {
    const { exponential } = this.config.histogram
    if (exponential) return new ExponentialHistogram(exponential.max_size, this.perUnit)
    return new ExplicitHistogram(this.#bounds)
  }

  /** The examples of a new series. */
  exemplars(): Exemplars {
    const { enabled, max_per_data_point: max } = this.config.exemplars
    return enabled ? new Exemplars(max) : this.#noExemplars
  }

  #layouts(): Layout[] {
    const { calls_dimensions: calls, histogram } = this.config
    if (histogram.disable) return [this.#layout(['calls'], calls)]
    if (calls.length === 0 && histogram.dimensions.length === 0) {
      return [this.#layout(['calls', 'duration'], [])]
    }
    return [this.#layout(['calls'], calls), this.#layout(['duration'], histogram.dimensions)]
  }

  #layout(measures: readonly Measure[], own: readonly Dimension[]): Layout {
    const lists = [this.config.dimensions, own].filter((list) => list.length > 0)
    return { measures, dimensions: lists.map((list) => new DimensionList(list, this.input)) }
  }
}
