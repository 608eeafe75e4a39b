/** How many are kept, and how long a key may be to be kept: 4 MiB at most, as strings of one byte. */
const MAX_KEPT = 1024
const MAX_KEY = 4096

/**
 * One object for all that are made of the same bytes: requests of one sender carry the same resource
 * every time, and what components derive from a resource is then made once. Keeps those that were
 * asked for last.
 */
export class Interned<T> {
  readonly #kept = new Map<string, T>()

  /** The object for `key`, made if it is not there. */
  get(key: string, make: () => T): T {
    const known = this.#kept.get(key)
    if (known !== undefined) return this.#refreshed(key, known)
    const made = make()
    if (key.length > MAX_KEY) return made
    if (this.#kept.size >= MAX_KEPT) this.#dropOldest()
    this.#kept.set(key, made)
    return made
  }

  /** Moves it to the end of the map, whose order is that of use. */
  #refreshed(key: string, known: T): T {
    this.#kept.delete(key)
    this.#kept.set(key, known)
    return known
  }

  #dropOldest(): void {
    for (const key of this.#kept.keys()) {
      this.#kept.delete(key)
      return
    }
  }
}
