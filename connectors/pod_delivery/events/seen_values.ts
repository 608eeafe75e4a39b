import { levelEnd } from '../../../src/helpers/json_bytes.ts'

/** Values that are remembered of one key. */
const MAX_KNOWN = 4
/** Shorter ones are skipped as fast; longer ones are not worth their memory. */
const BYTES = { min: 160, max: 16 * 1024 }

/**
 * Maps and lists that stood below a key. Pods of a workload have the same environment, and an object
 * the same specification from one update to the next: what begins with a whole value that was seen is
 * that value, for none is the beginning of another. So it need not be looked at byte by byte.
 */
export class SeenValues {
  /** The one that was met last comes first. */
  readonly #known: Buffer[] = []

  /** Where the map or list at `at` ends; -1 where it does not. */
  endOf(bytes: Buffer, at: number, end: number): number {
    for (let i = 0; i < this.#known.length; i++) {
      const value = this.#known[i] as Buffer
      const to = at + value.length
      if (to > end || bytes.compare(value, 0, value.length, at, to) !== 0) continue
      if (i > 0) this.#toFront(value, i)
      return to
    }
    const to = levelEnd(bytes, at + 1, end)
    if (to - at >= BYTES.min && to - at <= BYTES.max) this.#add(Buffer.from(bytes.subarray(at, to)))
    return to
  }

  #toFront(value: Buffer, from: number): void {
    this.#known.copyWithin(1, 0, from)
    this.#known[0] = value
  }

  #add(value: Buffer): void {
    this.#known.unshift(value)
    if (this.#known.length > MAX_KNOWN) this.#known.pop()
  }
}
