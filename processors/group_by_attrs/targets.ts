import { attributesText } from '../../src/pdata/attributes_text.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'

/** Where items go: a resource, a scope, and what was put there. */
export interface Target<T> {
  readonly resource: Resource
  readonly scope: Scope
  readonly parts: T[]
}

const resourceTexts = new WeakMap<Resource, string>()
const scopeTexts = new WeakMap<Scope, string>()

/** Groups by what their resources and scopes say, in the order in which they were first met. */
export class Targets<T> {
  readonly #byText = new Map<string, Target<T>>()

  /** Puts a part under a resource and scope. */
  add(resource: Resource, scope: Scope, part: T): void {
    const text = `${resourceText(resource)} ${scopeText(scope)}`
    const known = this.#byText.get(text)
    if (known) known.parts.push(part)
    else this.#byText.set(text, { resource, scope, parts: [part] })
  }

  /** All of them. */
  all(): Target<T>[] {
    return [...this.#byText.values()]
  }
}

function resourceText(resource: Resource): string {
  const known = resourceTexts.get(resource)
  if (known !== undefined) return known
  const text = JSON.stringify([attributesText(resource.attributes), resource.schemaUrl])
  resourceTexts.set(resource, text)
  return text
}

function scopeText(scope: Scope): string {
  const known = scopeTexts.get(scope)
  if (known !== undefined) return known
  const { name, version, attributes = {}, schemaUrl = '' } = scope
  const text = JSON.stringify([name, version, attributesText(attributes), schemaUrl])
  scopeTexts.set(scope, text)
  return text
}
