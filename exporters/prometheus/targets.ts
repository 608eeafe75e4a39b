import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import {
  attributeText,
  instanceOf,
  jobOf,
  labelsOf,
  labelText,
  SERVICE_ATTRIBUTES,
} from '../../src/helpers/prometheus_labels.ts'

interface Seen {
  readonly attributes: Attributes
  /** In milliseconds of the store's clock. */
  seenMs: number
}

/** The resources that series come from, for `target_info`. */
export class Targets {
  readonly #keys = new WeakMap<Resource, string>()
  readonly #seen = new Map<string, Seen>()

  /** Notes that a resource was seen; returns the text that is the same for the same attributes. */
  see(resource: Resource, nowMs: number): string {
    const key = this.#keyOf(resource)
    const seen = this.#seen.get(key)
    if (seen) seen.seenMs = nowMs
    else this.#seen.set(key, { attributes: resource.attributes, seenMs: nowMs })
    return key
  }

  #keyOf(resource: Resource): string {
    const known = this.#keys.get(resource)
    if (known !== undefined) return known
    const key = labelText(labelsOf(resource.attributes))
    this.#keys.set(resource, key)
    return key
  }

  /** Forgets resources that were last seen before `cutoffMs`. */
  expire(cutoffMs: number): void {
    for (const [key, { seenMs }] of this.#seen) if (seenMs < cutoffMs) this.#seen.delete(key)
  }

  /**
   * The labels of `target_info`: once for each job and instance, with the attributes on which all its
   * resources agree. A resource without either has none.
   */
  labels(): string[] {
    const targets = new Map<string, Attributes[]>()
    for (const { attributes } of this.#seen.values()) {
      const identity = identityOf(attributes)
      if (identity === '') continue
      const others = targets.get(identity)
      if (others) others.push(attributes)
      else targets.set(identity, [attributes])
    }
    return [...targets.values()].map(infoLabels)
  }
}

function identityOf(attributes: Attributes): string {
  return labelText(labelsOf({ job: jobOf(attributes), instance: instanceOf(attributes) }))
}

function infoLabels(resources: readonly Attributes[]): string {
  const [first, ...others] = resources as [Attributes, ...Attributes[]]
  const agreed = labelsOf(first).filter(
    ({ key, value }) =>
      !SERVICE_ATTRIBUTES.has(key) && others.every((other) => attributeText(other[key]) === value),
  )
  const identity = labelsOf({ job: jobOf(first), instance: instanceOf(first) })
  return labelText([...agreed, ...identity])
}
