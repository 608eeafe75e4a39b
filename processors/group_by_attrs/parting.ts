import { AttributeEditor, type AttributeKey } from '../../src/pdata/attribute_editor.ts'
import { editResource } from '../../src/pdata/edit_resource.ts'
import type { Resource } from '../../src/pdata/resource.ts'

/** Items that go to one resource. */
export interface Part {
  /** The values of the keys, as bytes; undefined where they have none. */
  readonly values: readonly (Buffer | undefined)[]
  /** The numbers of the items, ascending. */
  readonly indices: number[]
}

/** Parts items by the values of some attributes. */
export class Parting {
  readonly #keys: readonly AttributeKey[]
  readonly #attributes = new AttributeEditor()

  constructor(keys: readonly AttributeKey[]) {
    this.#keys = keys
  }

  /**
   * The items of each set of values, in the order in which they were first met.
   * @param load puts the editor over item `i`
   */
  part(length: number, load: (i: number, attributes: AttributeEditor) => void): Part[] {
    const parts = new Map<string, Part>()
    for (let i = 0; i < length; i++) {
      load(i, this.#attributes)
      const text = this.#text()
      const known = parts.get(text)
      if (known) known.indices.push(i)
      else parts.set(text, { values: this.#values(), indices: [i] })
    }
    return [...parts.values()]
  }

  /** The resource with the values of a part. */
  resourceFor(resource: Resource, { values }: Part): Resource {
    if (values.every((value) => value === undefined)) return resource
    return editResource(resource, (attributes) => {
      for (const [i, value] of values.entries()) {
        if (value) attributes.set(this.#keys[i] as AttributeKey, value)
      }
    })
  }

  /** Removes the keys: they stand with the resource now. */
  readonly strip = (attributes: AttributeEditor): void => {
    for (const key of this.#keys) attributes.remove(key)
  }

  /** The same for the same values of the item under the editor: each says how long it is. */
  #text(): string {
    let text = ''
    for (const key of this.#keys) {
      const i = this.#attributes.find(key)
      const value = i < 0 ? undefined : this.#attributes.encoded(i)
      text += value ? `${value.length}:${value.toString('latin1')}` : '-'
    }
    return text
  }

  #values(): (Buffer | undefined)[] {
    return this.#keys.map((key) => {
      const i = this.#attributes.find(key)
      return i < 0 ? undefined : this.#attributes.encoded(i)
    })
  }
}
