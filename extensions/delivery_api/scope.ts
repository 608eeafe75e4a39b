import type { DeliverySource } from '../../src/helpers/delivery/source.ts'
import type { Viewer } from './access.ts'
import { Refusal } from './refusal.ts'

/** For how many namespaces it is asked whether a viewer may see them, when it may not see all. */
export const MOST_NAMESPACES = 100

/** What of a list may be shown. */
export interface Scope {
  readonly visible: (namespace: string) => boolean
  /** Namespaces for which nobody asked. */
  readonly leftOut: number
}

const EVERYTHING: Scope = { visible: () => true, leftOut: 0 }

/**
 * What a viewer may see of a list, of one namespace or of all. Rejects with `Refusal` when the
 * namespace is one that may not be seen.
 */
export async function scopeOf(
  viewer: Viewer,
  source: DeliverySource,
  namespace: string | undefined,
): Promise<Scope> {
  if (namespace !== undefined) {
    await mustSee(viewer, namespace)
    return EVERYTHING
  }
  if (await viewer.sees('')) return EVERYTHING
  const all = namespacesOf(source)
  const asked = all.slice(0, MOST_NAMESPACES)
  const answers = await Promise.all(asked.map((one) => viewer.sees(one)))
  const seen = new Set(asked.filter((_, i) => answers[i]))
  return { visible: (one) => seen.has(one), leftOut: all.length - asked.length }
}

/** Rejects with `Refusal` unless a viewer may see the pods of a namespace. */
export async function mustSee(viewer: Viewer, namespace: string): Promise<void> {
  if (await viewer.sees(namespace)) return
  throw new Refusal(403, `You may not get pods in the namespace ${JSON.stringify(namespace)}.`)
}

/** The namespaces that a source knows: it asks about each, and is shown nothing. */
function namespacesOf(source: DeliverySource): string[] {
  const found = new Set<string>()
  const visible = (namespace: string): boolean => {
    found.add(namespace)
    return false
  }
  source.find({ order: 'newest', failed: false, visible, limit: 1 })
  return [...found].toSorted()
}
