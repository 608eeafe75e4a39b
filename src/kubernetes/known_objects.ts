import type { KubernetesObject } from './object.ts'

/** An object as it was told last. */
export interface Known<K> {
  readonly uid: string
  readonly version: string
  /** What was kept of it. */
  readonly kept: K
}

/** `namespace/name`, or the name alone of what has no namespace. */
export function keyOf({ metadata: { namespace, name = '' } }: KubernetesObject): string {
  return namespace ? `${namespace}/${name}` : name
}

/** The objects of a collection that were told, by namespace and name. */
export class KnownObjects<K> {
  readonly #known = new Map<string, Known<K>>()
  /** The keys that the list under way has not named yet; undefined while there is none. */
  #unseen: Set<string> | undefined

  get map(): ReadonlyMap<string, Known<K>> {
    return this.#known
  }

  /** A list begins: what it does not name has vanished. */
  beginList(): void {
    this.#unseen = new Set(this.#known.keys())
  }

  /** A list names an object. */
  see(key: string): void {
    this.#unseen?.delete(key)
  }

  /** What the list that has ended did not name. */
  takeVanished(): readonly Known<K>[] {
    const keys = [...(this.#unseen ?? [])]
    this.#unseen = undefined
    return keys.map((key) => this.forget(key)).filter((one) => one !== undefined)
  }

  get(key: string): Known<K> | undefined {
    return this.#known.get(key)
  }

  keep(key: string, known: Known<K>): void {
    this.#known.set(key, known)
  }

  forget(key: string): Known<K> | undefined {
    const known = this.#known.get(key)
    this.#known.delete(key)
    return known
  }
}
