import { TEMPORALITY, type Temporality } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import type { AggregationConfig } from './config.ts'
import { GROUPINGS, type Grouping, type Instrument, INSTRUMENTS } from './instruments.ts'
import { Layout } from './layout.ts'
import { FIELDS } from './flow_fields.ts'
import { Rollup } from './rollup.ts'

/** What is made of reports: what the pipeline carries. */
export type Product = 'metrics' | 'logs'

/** What the configuration means for the counting. */
export class Recipe {
  readonly temporality: Temporality
  /** Upper bounds of histograms, in seconds. */
  readonly bounds: readonly number[]
  readonly rollups: readonly Rollup[]
  readonly #config: AggregationConfig
  readonly #product: Product
  readonly #everybody: Resource

  constructor(config: AggregationConfig, product: Product, everybody: Resource) {
    this.#config = config
    this.#product = product
    this.#everybody = everybody
    const { cumulative, delta } = TEMPORALITY
    this.temporality = config.aggregation_temporality === 'delta' ? delta : cumulative
    this.bounds = config.buckets.map((ms) => ms / 1000)
    this.rollups = product === 'logs' ? [this.#rollup('flow', true, FIELDS)] : this.#ofMetrics()
  }

  /** One for each grouping that is asked for, and one more where reasons tell series apart. */
  #ofMetrics(): Rollup[] {
    const wanted = INSTRUMENTS.filter(({ name }) => this.#config.metrics[name].enabled)
    const groups = GROUPINGS.flatMap((grouping) =>
      [false, true].map((byReason) => ({
        grouping,
        byReason,
        instruments: wanted.filter(
          (instrument) =>
            this.#config.metrics[instrument.name].by === grouping &&
            (instrument.byReason ?? false) === byReason,
        ),
      })),
    )
    return groups
      .filter(({ instruments }) => instruments.length > 0)
      .map(({ grouping, byReason, instruments }) => this.#rollup(grouping, byReason, instruments))
  }

  #rollup(grouping: Grouping, byReason: boolean, instruments: readonly Instrument[]): Rollup {
    const config = this.#config
    return new Rollup({
      grouping,
      byReason,
      layout: new Layout(instruments, config.buckets.length + 1),
      fold: config.fold_ephemeral_ports,
      topK: config.top_k || Infinity,
      limit: config.aggregation_cardinality_limit,
      cumulative: this.#product === 'metrics' && this.temporality === TEMPORALITY.cumulative,
      bounds: config.buckets.map((ms) => ms * 1000),
      everybody: this.#everybody,
    })
  }
}
