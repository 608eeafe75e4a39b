import type { AttributeChanges, Attributes } from './attributes.ts'

let lastId = 0

/**
 * What produced telemetry: a process, a container, a pod. Immutable, made once and shared by all
 * batches about it, so that whatever is derived from it (its encoding, a label set) can be kept by
 * `id` or in a WeakMap.
 */
export class Resource {
  /** A number that no other resource of this process has. */
  readonly id = ++lastId
  /** Which version of the semantic conventions the telemetry follows, or empty. */
  readonly schemaUrl: string
  readonly #attributes: Attributes

  constructor(attributes: Attributes, schemaUrl = '') {
    this.#attributes = attributes
    this.schemaUrl = schemaUrl
  }

  get attributes(): Attributes {
    return this.#attributes
  }

  /**
   * This resource with other attributes. Make it once for a resource and keep it (in a WeakMap), so
   * that batches about the same go on sharing one.
   */
  with(changes: AttributeChanges): Resource {
    return new Resource(changed(this.attributes, changes), this.schemaUrl)
  }
}

/** Attributes with changes made to them; new ones come last. */
export function changed(attributes: Attributes, changes: AttributeChanges): Attributes {
  const all = Object.entries({ ...attributes, ...changes })
  return Object.fromEntries(all.filter((entry) => entry[1] !== undefined)) as Attributes
}

/** The instrumentation scope (OTLP `InstrumentationScope`) that telemetry is recorded under. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly attributes?: Attributes
  /** Which version of the semantic conventions the items follow, where that is not the resource's. */
  readonly schemaUrl?: string
}
