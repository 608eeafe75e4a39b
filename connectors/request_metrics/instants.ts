/** How late an instant is told, in milliseconds, as far as the flushes allow. */
const LAG_MS = 15_000
/**
 * After so long all that was in flight at an instant is known: it has ended, or was open for 10 s and
 * told of by the next walk over connections 2 s later; 2 s are left for the way here.
 */
const SETTLED_MS = 14_000
/** Instants are no closer than about a second, however often is flushed. */
const SPACING_MS = 900

/** Instants that can wait to be told; more than `LAG_MS` and a flush hold. A power of two. */
export const INSTANTS = 32

/** What a flush does to the instants that wait. */
export interface Settled {
  /** The newest one that can be told: milliseconds since 1970, and its place. */
  readonly told: { readonly ms: number; readonly place: number } | undefined
  /** Places that are free again. */
  readonly freed: readonly number[]
}

/**
 * The moments for which is told how many exchanges are in flight. An exchange tells of itself when it
 * ends, so a moment waits until nothing new can come about it. Each has a place from 0 to
 * `INSTANTS - 1` where series count for it.
 */
export class Instants {
  /** The last one that was told, in milliseconds since 1970. */
  told = -Infinity
  readonly #everyMs: number
  readonly #times = new Float64Array(INSTANTS)
  /** Those that wait, by number: from `#first` up to `#next`. */
  #first = 0
  #next = 0

  /** @param everyMs between two flushes */
  constructor(everyMs: number, nowMs: number) {
    this.#everyMs = everyMs
    this.#plan(nowMs)
  }

  /** The newest one up to `ms`, told or not, in milliseconds since 1970. */
  lastBefore(ms: number): number {
    const n = this.lastIn(-Infinity, ms)
    return n === -1 ? this.told : this.#at(n)
  }

  /** The newest one that waits and lies in [startMs, endMs), by number; -1 where none does. */
  lastIn(startMs: number, endMs: number): number {
    let n = this.#next - 1
    while (n >= this.#first && this.#at(n) >= endMs) n--
    return this.isIn(n, startMs) ? n : -1
  }

  /** True when number `n` waits and does not lie before `startMs`. */
  isIn(n: number, startMs: number): boolean {
    return n >= this.#first && this.#at(n) >= startMs
  }

  #at(n: number): number {
    return this.#times[n % INSTANTS] as number
  }

  /** Takes out what can be told now; of several the newest is told. Plans the next one. */
  settle(nowMs: number): Settled {
    let told: Settled['told']
    const freed: number[] = []
    for (; this.#first < this.#next; this.#first++) {
      const ms = this.#at(this.#first)
      const isStray = ms > nowMs + this.#everyMs + SETTLED_MS
      if (!isStray && nowMs - ms < SETTLED_MS) break
      const place = this.#first % INSTANTS
      freed.push(place)
      // The clock was set back: nothing is known of times that are still to come.
      told = isStray ? undefined : { ms, place }
    }
    if (told !== undefined) this.told = told.ms
    else if (this.told > nowMs) this.told = -Infinity
    this.#plan(nowMs)
    return { told, freed }
  }

  /** The next one lies so that a flush comes `LAG_MS` after it. */
  #plan(nowMs: number): void {
    const flushes = Math.ceil(LAG_MS / this.#everyMs)
    const ms = nowMs + flushes * this.#everyMs - LAG_MS
    const waiting = this.#next - this.#first
    if (waiting === INSTANTS) return
    if (waiting > 0 && ms - this.#at(this.#next - 1) < SPACING_MS) return
    this.#times[this.#next++ % INSTANTS] = ms
  }
}
