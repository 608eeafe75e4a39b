import { ByteKey } from '../../src/helpers/byte_key.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { decodeSpan } from '../../src/pdata/otlp_span.ts'
import type { Background } from './dimension_list.ts'
import type { DeltaStarts } from './delta_starts.ts'
import type { Layout } from './recipe.ts'
import type { SeriesSet } from './series_set.ts'
import type { SpanTeller } from './span_teller.ts'
import type { View } from './views.ts'

/** Counts the events of spans. */
export class EventCounter {
  readonly #layout: Layout
  readonly #teller: SpanTeller
  readonly #key = new ByteKey()

  constructor(layout: Layout, teller: SpanTeller) {
    this.#layout = layout
    this.#teller = teller
  }

  /** Counts the events of the span at hand. */
  count(set: SeriesSet, view: View, timeNs: bigint, starts: DeltaStarts): void {
    const { items, index } = this.#teller.recipe.input
    const { events } = decodeSpan(items.bytes, items.start(index), items.end(index))
    for (const { attributes } of events) this.#countOne(attributes, set, view, timeNs, starts)
  }

  #countOne(
    attributes: Attributes,
    set: SeriesSet,
    view: View,
    timeNs: bigint,
    starts: DeltaStarts,
  ): void {
    const teller = this.#teller
    const { input } = teller.recipe
    const { dimensions } = this.#layout
    const key = this.#key
    const behind: Background = {
      attributes: { ...view.attributes, ...attributes },
      fallbacks: new Map(),
    }
    teller.addTo(key, view)
    for (const list of dimensions) list.addTo(key, input, behind)
    key.seal()
    const describe = (): Attributes => {
      const described = teller.describe(view)
      for (const list of dimensions) list.describe(input, behind, described)
      return described
    }
    const series = set.find(key) ?? teller.addSeries(set, key, view, describe, timeNs, starts)
    const bucket = series.count(input.durationNs, input.weight)
    if (series.exemplars.wants(bucket)) teller.addExemplar(series, bucket)
  }
}
