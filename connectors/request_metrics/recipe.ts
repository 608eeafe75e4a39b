import { temporalityOf } from '../../src/helpers/metric_options.ts'
import type { Temporality } from '../../src/pdata/metrics.ts'
import { EXPLICIT, type RequestMetricsConfig } from './config.ts'
import { activeDimensionsOf, type Dimensions, dimensionsOf } from './dimensions.ts'
import { Exemplars } from '../../src/helpers/exemplars.ts'
import { ExplicitBounds, ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'
import { ACTIVE_REQUESTS, INSTRUMENTS, type Measure, MEASURES } from './instruments.ts'
import type { Tally } from './series.ts'

type Side = 'server' | 'client'
type Tallies = Record<Measure, Tally | undefined>

/** How many of what is measured, nanoseconds and bytes, make one of what is told. */
export const PER_UNIT: Record<Measure, number> = { duration: 1e9, requestBody: 1, responseBody: 1 }

/** What the configuration means for the counting. */
export class Recipe {
  readonly temporality: Temporality
  readonly server: Dimensions
  readonly client: Dimensions
  /** Whether the requests in flight of each side are counted, and by what. */
  readonly active: Readonly<Record<Side, boolean>>
  readonly activeDimensions: Readonly<Record<Side, Dimensions>>
  readonly #config: RequestMetricsConfig
  readonly #wanted: Record<Side, readonly Measure[]>
  readonly #durationBounds: ExplicitBounds
  readonly #sizeBounds: ExplicitBounds

  constructor(config: RequestMetricsConfig) {
    this.#config = config
    const { dimensions, exclude_dimensions: excluded, aggregation_temporality: text } = config
    this.temporality = temporalityOf(text)
    this.server = dimensionsOf('server', dimensions, excluded)
    this.client = dimensionsOf('client', dimensions, excluded)
    this.active = bySide((side) => config.metrics[ACTIVE_REQUESTS[side].name].enabled)
    this.activeDimensions = bySide((side) => activeDimensionsOf(side, dimensions, excluded))
    this.#wanted = { server: this.#enabled('server'), client: this.#enabled('client') }
    const { buckets, size_buckets } = config.histogram.explicit ?? EXPLICIT
    const seconds = buckets.map((ms) => ms / 1000)
    this.#durationBounds = new ExplicitBounds(seconds, PER_UNIT.duration)
    this.#sizeBounds = new ExplicitBounds(size_buckets)
  }

  /** What a new series of a side counts. */
  tallies(side: Side): Tallies {
    const tallies: Tallies = {
      duration: undefined,
      requestBody: undefined,
      responseBody: undefined,
    }
    for (const measure of this.#wanted[side]) tallies[measure] = this.#tally(measure)
    return tallies
  }

  #enabled(side: Side): Measure[] {
    return MEASURES.filter(
      (measure) => this.#config.metrics[INSTRUMENTS[side][measure].name].enabled,
    )
  }

  #tally(measure: Measure): Tally {
    const { enabled, max_per_data_point: max } = this.#config.exemplars
    return { histogram: this.#histogram(measure), exemplars: new Exemplars(enabled ? max : 0) }
  }

  #histogram(measure: Measure): Tally['histogram'] {
    const { exponential } = this.#config.histogram
    if (exponential) return new ExponentialHistogram(exponential.max_size, PER_UNIT[measure])
    return new ExplicitHistogram(measure === 'duration' ? this.#durationBounds : this.#sizeBounds)
  }
}

function bySide<T>(of: (side: Side) => T): Readonly<Record<Side, T>> {
  return { server: of('server'), client: of('client') }
}
