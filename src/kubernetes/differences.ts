import { KnownObjects, keyOf, type Known } from './known_objects.ts'
import type { KubernetesObject } from './object.ts'

/** Something that became of an object. */
export type Change<T, K = T> =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
      readonly object: T
      /**
       * `initial`: it was there when the first list was made. `list`: a later list found it so, and
       * what happened to it before then was not seen. `watch`: it just happened.
       */
      readonly source: 'initial' | 'list' | 'watch'
      /** What was kept of it before; undefined for what is new. */
      readonly before?: K | undefined
    }
  /** A list no longer has it: it was deleted at some time since the last change. */
  | { readonly type: 'VANISHED'; readonly kept: K }

/** What is told and what is kept of objects. */
export interface Told<T, K> {
  readonly trim: (object: KubernetesObject) => T
  readonly keep: (told: T) => K
}

/** Compares lists and events with what was told, so that nothing is told twice. */
export class Differences<T, K> {
  readonly #told: Told<T, K>
  readonly #objects = new KnownObjects<K>()

  constructor(told: Told<T, K>) {
    this.#told = told
  }

  get known(): ReadonlyMap<string, Known<K>> {
    return this.#objects.map
  }

  /** A list begins, or begins again. */
  beginList(): void {
    this.#objects.beginList()
  }

  /** A list has an object. */
  listed(object: KubernetesObject, isFirst: boolean): readonly Change<T, K>[] {
    this.#objects.see(keyOf(object))
    return this.#present(object, isFirst ? 'initial' : 'list')
  }

  /** The list is over: what it did not have has vanished. */
  endList(): readonly Change<T, K>[] {
    return this.#objects.takeVanished().map(({ kept }) => ({ type: 'VANISHED', kept }))
  }

  /** A watch tells of an object. */
  watched(
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    object: KubernetesObject,
  ): readonly Change<T, K>[] {
    if (type !== 'DELETED') return this.#present(object, 'watch')
    const key = keyOf(object)
    const known = this.#objects.get(key)
    // The end of one whose name has a new owner was told when that came.
    if (known && known.uid !== uidOf(object)) return []
    const before = this.#objects.forget(key)?.kept
    return [{ type, object: this.#told.trim(object), source: 'watch', before }]
  }

  #present(object: KubernetesObject, source: 'initial' | 'list' | 'watch'): Change<T, K>[] {
    const key = keyOf(object)
    const uid = uidOf(object)
    const version = object.metadata.resourceVersion ?? ''
    const known = this.#objects.get(key)
    if (known?.uid === uid && known.version === version) return []
    const told = this.#told.trim(object)
    this.#objects.keep(key, { uid, version, kept: this.#told.keep(told) })
    if (known?.uid === uid) return [{ type: 'MODIFIED', object: told, source, before: known.kept }]
    const added: Change<T, K> = { type: 'ADDED', object: told, source }
    return known ? [{ type: 'VANISHED', kept: known.kept }, added] : [added]
  }
}

function uidOf({ metadata }: KubernetesObject): string {
  return metadata.uid ?? ''
}
