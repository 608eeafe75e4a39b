import { TEMPORALITY, type Temporality } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import type { AggregationConfig } from './config.ts'
import { GROUPINGS, type Instrument, INSTRUMENTS } from './instruments.ts'
import { Layout } from './layout.ts'
import { FIELDS } from './flow_fields.ts'
import { Rollup, type RollupKind } from './rollup.ts'

/** What may tell series apart beside their grouping. */
const APART = [
  { byReason: false, byQuestion: false },
  { byReason: true, byQuestion: false },
  { byReason: true, byQuestion: true },
] as const

/** What is made of reports: what the pipeline carries. */
export type Product = 'metrics' | 'logs'

/** What the configuration means for the counting. */
export class Recipe {
  readonly temporality: Temporality
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
    this.rollups =
      product === 'logs'
        ? [this.#rollup({ grouping: 'flow', byReason: true, byQuestion: false }, FIELDS)]
        : this.#ofMetrics()
  }

  /** One for each grouping that is asked for, and more where more tells series apart. */
  #ofMetrics(): Rollup[] {
    const wanted = INSTRUMENTS.filter(({ name }) => this.#config.metrics[name].enabled)
    const groups = GROUPINGS.flatMap((grouping) =>
      APART.map(({ byReason, byQuestion }) => ({
        kind: { grouping, byReason, byQuestion },
        instruments: wanted.filter(
          (instrument) =>
            this.#config.metrics[instrument.name].by === grouping &&
            (instrument.byReason ?? false) === byReason &&
            (instrument.byQuestion ?? false) === byQuestion,
        ),
      })),
    )
    return groups
      .filter(({ instruments }) => instruments.length > 0)
      .map(({ kind, instruments }) => this.#rollup(kind, instruments))
  }

  #rollup(kind: RollupKind, instruments: readonly Instrument[]): Rollup {
    const config = this.#config
    const bounds = kind.byQuestion ? config.dns_buckets : config.buckets
    const layout = new Layout(
      instruments,
      bounds.map((ms) => ms * 1000),
    )
    return new Rollup({
      ...kind,
      layout,
      fold: config.fold_ephemeral_ports,
      topK: config.top_k || Infinity,
      limit: config.aggregation_cardinality_limit,
      cumulative: this.#product === 'metrics' && this.temporality === TEMPORALITY.cumulative,
      everybody: this.#everybody,
    })
  }
}
