import { ByteKey } from '../../src/helpers/byte_key.ts'
import { KeyGlobs } from '../../src/helpers/key_glob.ts'
import type { Attributes, AttributeValue } from '../../src/pdata/attributes.ts'
import type { Dimension } from './config.ts'
import type { SpanInput } from '../../src/helpers/span_input.ts'

/** A value for spans that have none, and what it is in a key. */
export interface Fallback {
  readonly value: AttributeValue | undefined
  readonly key: Buffer
}

/** What stands behind a span: attributes of its resource, and of its event where one is counted. */
export interface Background {
  readonly attributes: Attributes
  /** For each dimension with a name, what it is where spans have none; filled when first asked for. */
  readonly fallbacks: Map<DimensionList, readonly Fallback[]>
}

/** Attributes that tell series apart: of the span, else of what stands behind it, else a default. */
export class DimensionList {
  readonly #names: readonly { readonly name: string; readonly fallback: string | undefined }[]
  readonly #numbers: readonly number[]
  readonly #globs: KeyGlobs | undefined

  constructor(dimensions: readonly Dimension[], input: SpanInput) {
    const named = dimensions.filter(({ name }) => name !== undefined)
    const globs = dimensions.flatMap(({ glob }) => glob ?? [])
    this.#names = named.map(({ name = '', default: fallback }) => ({ name, fallback }))
    this.#numbers = this.#names.map(({ name }) => input.numberOf(name))
    this.#globs = globs.length === 0 ? undefined : new KeyGlobs(globs)
  }

  /** Adds the values to a key. */
  addTo(key: ByteKey, span: SpanInput, background: Background): void {
    const numbers = this.#numbers
    const { from, to } = span.wanted
    const { bytes } = span.items
    for (let n = 0; n < numbers.length; n++) {
      const number = numbers[n] as number
      const start = from[number] as number
      if (start >= 0) key.valueAt(bytes, start, to[number] as number)
      else key.append(this.#fallback(background, n).key)
    }
    if (this.#globs !== undefined) {
      this.#eachMatch(span, background, (name, value) => {
        key.text(name)
        key.value(value)
      })
    }
  }

  /** Adds the attributes to those of a new series. */
  describe(span: SpanInput, background: Background, into: Record<string, AttributeValue>): void {
    this.#names.forEach(({ name }, n) => {
      const own = span.value(this.#numbers[n] as number)
      const value = own === undefined ? this.#fallback(background, n).value : own
      if (value !== undefined) put(into, name, value)
    })
    this.#eachMatch(span, background, (name, value) => put(into, name, value))
  }

  #fallback(background: Background, n: number): Fallback {
    const known = background.fallbacks.get(this)
    if (known !== undefined) return known[n] as Fallback
    const { attributes } = background
    const made = this.#names.map(({ name, fallback }) =>
      fallbackOf(Object.hasOwn(attributes, name) ? attributes[name] : fallback),
    )
    background.fallbacks.set(this, made)
    return made[n] as Fallback
  }

  /** In the order of their keys, so that the order of attributes makes no series. */
  #eachMatch(
    span: SpanInput,
    background: Background,
    visit: (name: string, value: AttributeValue) => void,
  ): void {
    const globs = this.#globs
    if (globs === undefined) return
    const own = span.attributes
    for (const name of Object.keys(own).toSorted()) {
      if (globs.matches(name)) visit(name, own[name] as AttributeValue)
    }
    for (const name of Object.keys(background.attributes).toSorted()) {
      if (Object.hasOwn(own, name) || !globs.matches(name)) continue
      visit(name, background.attributes[name] as AttributeValue)
    }
  }
}

/** Also where the name is that of the prototype. */
function put(into: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
  if (name !== '__proto__') into[name] = value
  else Object.defineProperty(into, name, { value, enumerable: true, configurable: true })
}

function fallbackOf(value: AttributeValue | undefined): Fallback {
  const key = new ByteKey()
  if (value === undefined) key.none()
  else key.value(value)
  return { value, key: key.copy() }
}
