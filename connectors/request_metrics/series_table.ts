import type { Series } from './series.ts'
import type { SeriesKey } from './series_key.ts'

const FIRST_SIZE = 16

/**
 * The series of one resource by their attributes. A table of our own: a Map would want a string or
 * an object made for each span to look up.
 */
export class SeriesTable {
  #places: (Series | undefined)[] = emptyPlaces(FIRST_SIZE)
  #size = 0

  /** Number of series. */
  get size(): number {
    return this.#size
  }

  /** The series that has the key's values. */
  find(key: SeriesKey): Series | undefined {
    const places = this.#places
    let series = places[key.hash & (places.length - 1)]
    while (series !== undefined && !(series.hash === key.hash && key.is(series.values))) {
      series = series.next
    }
    return series
  }

  /** Adds a series that is not there. */
  add(series: Series): void {
    if (this.#size === this.#places.length) this.#grow()
    this.#size++
    this.#put(series)
  }

  /** Removes those for which `expired` says so; returns how many. */
  prune(expired: (series: Series) => boolean): number {
    const all = [...this]
    const left = all.filter((series) => !expired(series))
    if (left.length === all.length) return 0
    this.#places = emptyPlaces(this.#places.length)
    this.#size = left.length
    for (const series of left) this.#put(series)
    return all.length - left.length
  }

  *[Symbol.iterator](): Generator<Series> {
    for (const first of this.#places) {
      for (let series = first; series !== undefined; series = series.next) yield series
    }
  }

  #put(series: Series): void {
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

function emptyPlaces(size: number): (Series | undefined)[] {
  return Array.from<Series | undefined>({ length: size }).fill(undefined)
}
