interface Sighting {
  readonly names: readonly string[]
  version: number
  timeMs: number
}

/** A finalizer that was removed, as an event. */
export interface FinalizerEvent {
  readonly name: string
  readonly timeMs: number
}

/**
 * The sets of finalizers that a pod was seen with, each by its first time, so that whatever the order
 * in which objects come the same is known of their removal.
 */
export class FinalizerSightings {
  readonly #sightings = new Map<string, Sighting>()

  /** Adds a sighting; returns what is known of removals, where that changed. */
  add(names: readonly string[], version: number, timeMs: number): FinalizerEvent[] {
    const key = names.join('\n')
    const known = this.#sightings.get(key)
    if (known && isBefore(known, { names, version, timeMs })) return []
    this.#sightings.set(key, { names, version, timeMs })
    return this.#events()
  }

  #events(): FinalizerEvent[] {
    const all = [...this.#sightings.values()].toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
    return all.flatMap(({ names, timeMs }, i) => {
      const before = all[i - 1]?.names ?? []
      return [
        ...names
          .filter((name) => !before.includes(name))
          .map((name) => ({ name: `finalizer:add:${name}`, timeMs })),
        ...before
          .filter((name) => !names.includes(name))
          .map((name) => ({ name: `finalizer:delete:${name}`, timeMs })),
      ]
    })
  }
}

/** A removal that ends an object has no version of its own. */
function isBefore(a: Sighting, b: Sighting): boolean {
  return a.version < b.version || (a.version === b.version && a.timeMs <= b.timeMs)
}
