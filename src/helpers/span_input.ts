import type { Attributes, AttributeValue } from '../pdata/attributes.ts'
import type { EncodedItems } from '../pdata/encoded_items.ts'
import { decodeAnyValue, decodeAttributes } from '../pdata/otlp_any_value.ts'
import { SPAN } from '../pdata/otlp_traces.ts'
import { textOf } from '../pdata/fixed.ts'
import { SpanPlaces, WantedAttributes } from '../pdata/span_places.ts'
import { AdjustedCount } from '../pdata/adjusted_count.ts'

/** How many exchanges a span of the kernel's sampling stands for. */
const ADJUSTED_COUNT = 'waggle.sampling.adjusted_count'
const NO_ITEMS = undefined as unknown as EncodedItems

/** The span at hand, read from its bytes. One object serves all spans. */
export class SpanInput {
  readonly wanted: WantedAttributes
  readonly places: SpanPlaces
  items: EncodedItems = NO_ITEMS
  /** Its place in the list. */
  index = 0
  /** Nanoseconds. */
  durationNs = 0
  /** Whether it ends before it starts. */
  reversed = false
  /** How many spans it stands for, which need not be a whole number. */
  weight = 1
  /** Whether that comes from a sampler. */
  extrapolated = false
  readonly #keys: readonly string[]
  readonly #adjusted = new AdjustedCount()
  readonly #adjustedAt: number
  #attributes: Attributes | undefined

  /** @param keys of attributes that will be asked for */
  constructor(keys: readonly string[]) {
    this.#keys = [...new Set([...keys, ADJUSTED_COUNT])]
    this.#adjustedAt = this.#keys.indexOf(ADJUSTED_COUNT)
    this.wanted = new WantedAttributes(this.#keys)
    this.places = new SpanPlaces(this.wanted)
  }

  /** The number of a key. */
  numberOf(key: string): number {
    return this.#keys.indexOf(key)
  }

  /** Goes to span `i`. */
  select(items: EncodedItems, i: number): void {
    this.items = items
    this.index = i
    this.#attributes = undefined
    const elapsed = this.places.of(items, i).elapsedNs(items.bytes)
    this.reversed = elapsed < 0
    this.durationNs = elapsed < 0 ? 0 : elapsed
    this.#weigh()
  }

  #weigh(): void {
    const { stateFrom, stateTo } = this.places
    this.weight = 1
    this.extrapolated = false
    if (stateFrom !== stateTo) {
      const count = this.#adjusted.of(textOf(this.items.bytes, stateFrom, stateTo))
      if (count !== undefined) {
        this.weight = count
        this.extrapolated = true
        return
      }
    }
    if ((this.wanted.from[this.#adjustedAt] as number) < 0) return
    const given = this.value(this.#adjustedAt)
    if (typeof given !== 'number' || !(given >= 1) || !Number.isFinite(given)) return
    this.weight = given
    this.extrapolated = true
  }

  get name(): string {
    return textOf(this.items.bytes, this.places.nameFrom, this.places.nameTo)
  }

  /** The value of the attribute of a key's number; undefined where there is none. */
  value(n: number): AttributeValue | undefined {
    const from = this.wanted.from[n] as number
    if (from < 0) return undefined
    return decodeAnyValue(this.items.bytes, from, this.wanted.to[n] as number)
  }

  /** All attributes, decoded. */
  get attributes(): Attributes {
    const { items, index } = this
    return (this.#attributes ??= decodeAttributes(
      items.bytes,
      items.start(index),
      items.end(index),
      SPAN.attributes,
    ))
  }
}
