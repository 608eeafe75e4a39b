import { ByteKey } from '../../src/helpers/byte_key.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import { hexOf, readFixed64Exactly } from '../../src/pdata/fixed.ts'
import { SPAN_KIND } from '../../src/pdata/traces.ts'
import type { DeltaStarts } from './delta_starts.ts'
import type { Recipe } from './recipe.ts'
import type { Series } from './series.ts'
import type { SeriesSet } from './series_set.ts'
import type { View } from './views.ts'

const KINDS = Object.fromEntries(
  Object.entries(SPAN_KIND).map(([name, kind]) => [kind, `SPAN_KIND_${name.toUpperCase()}`]),
)
const STATUSES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']

/** Finds the series of the span at hand, and counts it there. */
export class SpanTeller {
  readonly recipe: Recipe
  readonly #key = new ByteKey()

  constructor(recipe: Recipe) {
    this.recipe = recipe
  }

  /** Counts the span at hand. */
  count(set: SeriesSet, view: View, timeNs: bigint, starts: DeltaStarts): void {
    const { input } = this.recipe
    const key = this.#key
    this.addTo(key, view)
    const { dimensions } = set.layout
    for (let n = 0; n < dimensions.length; n++) dimensions[n]!.addTo(key, input, view)
    key.seal()
    const series = set.find(key) ?? this.#add(set, view, timeNs, starts)
    const bucket = series.count(input.durationNs, input.weight)
    if (series.exemplars.wants(bucket)) this.addExemplar(series, bucket)
  }

  #add(set: SeriesSet, view: View, timeNs: bigint, starts: DeltaStarts): Series {
    const describe = (): Attributes => {
      const attributes = this.describe(view)
      for (const list of set.layout.dimensions) list.describe(this.recipe.input, view, attributes)
      return attributes
    }
    return this.addSeries(set, this.#key, view, describe, timeNs, starts)
  }

  /** Adds the series of a key that has none. */
  addSeries(
    set: SeriesSet,
    key: ByteKey,
    { counts }: View,
    describe: () => Attributes,
    timeNs: bigint,
    starts: DeltaStarts,
  ): Series {
    return set.add(key, describe, (text) => {
      if (!this.recipe.delta) return timeNs
      return starts.of(`${counts.all.indexOf(set)} ${text} ${counts.key}`) ?? timeNs
    })
  }

  /** Begins a key with what all metrics tell apart of the span at hand. */
  addTo(key: ByteKey, { prefix }: View): void {
    const { input, has, config } = this.recipe
    const { places, items } = input
    key.reset()
    key.append(prefix)
    if (has.name) key.textAt(items.bytes, places.nameFrom, places.nameTo)
    key.byte((has.kind ? places.kind : 0) | ((has.status ? places.status : 0) << 4))
    if (config.enable_metrics_sampling_method) key.byte(input.extrapolated ? 1 : 0)
  }

  /** The same as attributes. */
  describe({ service, scope }: View): Record<string, AttributeValue> {
    const { input, has, config } = this.recipe
    return {
      ...(has.service && { 'service.name': service }),
      ...(has.name && { 'span.name': input.name }),
      ...(has.kind && { 'span.kind': KINDS[input.places.kind] as string }),
      ...(has.status && { 'status.code': STATUSES[input.places.status] as string }),
      ...scope,
      ...(config.enable_metrics_sampling_method && {
        'sampling.method': input.extrapolated ? 'extrapolated' : 'counted',
      }),
    }
  }

  /** Names the span at hand as an example, unless it has no trace. */
  addExemplar(series: Series, bucket: number): void {
    const { input, perUnit } = this.recipe
    const { places, items } = input
    const { bytes } = items
    if (isZero(bytes, places.traceFrom, places.traceTo)) return
    series.exemplars.add(bucket, {
      timeNs: places.end < 0 ? 0n : readFixed64Exactly(bytes, places.end),
      value: input.durationNs / perUnit,
      isDouble: true,
      traceId: hexOf(bytes, places.traceFrom, places.traceTo),
      spanId: hexOf(bytes, places.idFrom, places.idTo),
      attributes: {},
    })
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}
