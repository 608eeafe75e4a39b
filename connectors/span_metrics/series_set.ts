import type { ByteKey } from '../../src/helpers/byte_key.ts'
import { ByteTable } from '../../src/helpers/byte_table.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Layout, Recipe } from './recipe.ts'
import { Series } from './series.ts'

/** OpenTelemetry SDK specification, cardinality limits. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true }

/** The series of one resource that are told apart by the same attributes, and no more of them than may be. */
export class SeriesSet {
  readonly layout: Layout
  /** Spans or events so far that went to the series for what is too much. */
  overflowed = 0
  readonly #recipe: Recipe
  readonly #table = new ByteTable<Series>()
  #overflow: Series | undefined

  constructor(layout: Layout, recipe: Recipe) {
    this.layout = layout
    this.#recipe = recipe
  }

  /** Number of series, the one for what is too much among them. */
  get size(): number {
    return this.#table.size + (this.#overflow ? 1 : 0)
  }

  /** The series of a sealed key; undefined where there is none yet. */
  find(key: ByteKey): Series | undefined {
    return this.#table.find(key)
  }

  /** The series for a key that has none. `describe` is asked for its attributes, and `startOf` since when one with that text as its key counts. */
  add(key: ByteKey, describe: () => Attributes, startOf: (text: string) => bigint): Series {
    const limit = this.#recipe.config.aggregation_cardinality_limit
    if (limit > 0 && this.#table.size >= limit) {
      this.overflowed++
      return (this.#overflow ??= this.#make(0, OVERFLOW, startOf('')))
    }
    const series = this.#make(key.hash, describe(), startOf(key.latin1))
    this.#table.add(key, series)
    return series
  }

  /** Removes those that were not used since: all of them was told at a flush after that. */
  expire(sinceMs: number): void {
    const expired = ({ usedMs }: Series): boolean => usedMs <= sinceMs
    this.#table.prune(expired)
    if (this.#overflow && expired(this.#overflow)) this.#overflow = undefined
  }

  *[Symbol.iterator](): Generator<Series> {
    yield* this.#table
    if (this.#overflow) yield this.#overflow
  }

  /** The text of a series' key; that for what is too much has none. */
  keyOf(series: Series): string {
    return this.#table.textOf(series)
  }

  #make(hash: number, attributes: Attributes, startNs: bigint): Series {
    const histogram = this.layout.measures.includes('duration')
      ? this.#recipe.histogram()
      : undefined
    const { random } = this.#recipe
    const exemplars = this.#recipe.exemplars()
    return new Series(hash, attributes, startNs, histogram, exemplars, random())
  }
}
