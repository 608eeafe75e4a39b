const FIRST_SIZE = 16

/** What a table of series has to know of one. */
export interface Row<R> {
  readonly hash: number
  /** The next one of the same place in the table. */
  next: R | undefined
}

/** What series are looked up by. One object serves all look-ups. */
export interface RowKey<R> {
  readonly hash: number
  /** True when the row is the one of this key. */
  is(row: R): boolean
}

/**
 * The series of one resource by their attributes. A table of our own: a Map would want a string or
 * an object made for each span to look up.
 */
export class SeriesTable<R extends Row<R>> {
  #places: (R | undefined)[] = emptyPlaces(FIRST_SIZE)
  #size = 0

  /** Number of series. */
  get size(): number {
    return this.#size
  }

  /** The series of the key. */
  find(key: RowKey<R>): R | undefined {
    const places = this.#places
    let series = places[key.hash & (places.length - 1)]
    while (series !== undefined && !(series.hash === key.hash && key.is(series))) {
      series = series.next
    }
    return series
  }

  /** Adds a series that is not there. */
  add(series: R): void {
    if (this.#size === this.#places.length) this.#grow()
    this.#size++
    this.#put(series)
  }

  /** Removes those for which `expired` says so; returns how many. */
  prune(expired: (series: R) => boolean): number {
    const all = [...this]
    const left = all.filter((series) => !expired(series))
    if (left.length === all.length) return 0
    this.#places = emptyPlaces(this.#places.length)
    this.#size = left.length
    for (const series of left) this.#put(series)
    return all.length - left.length
  }

  *[Symbol.iterator](): Generator<R> {
    for (const first of this.#places) {
      for (let series = first; series !== undefined; series = series.next) yield series
    }
  }

  #put(series: R): void {
    const place = series.hash & (this.#places.length - 1)
    series.next = this.#places[place]
    this.#places[place] = series
  }

  #grow(): void {
    const all = [...this]
    this.#places = emptyPlaces(this.#places.length * 2)
    for (const series of all) this.#put(series)
  }
}

function emptyPlaces<R>(size: number): (R | undefined)[] {
  return Array.from<R | undefined>({ length: size }).fill(undefined)
}
