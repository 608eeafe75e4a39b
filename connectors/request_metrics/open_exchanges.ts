import type { ActiveRequests, ActiveSeries } from './active_requests.ts'

/** Exchanges that are kept at most: about 10 MB. */
const LIMIT = 65_536
/** How long, beyond its time, a report of an exchange may take to come, in milliseconds. */
const GRACE_MS = 15_000
/** How far the starts may differ that two reports of an exchange give, in milliseconds. */
const CLOCK_MS = 1000

interface Open {
  readonly series: ActiveSeries
  readonly startMs: number
  readonly weight: number
  /** It is given up when nothing more has been heard of it by then. */
  dueMs: number
}

/**
 * Exchanges that were told of while they were open, by the id of the span that follows at their end.
 * The receiver tells of them again whenever they have lasted twice as long, so one of which neither
 * that nor the end is heard has ended unseen, and is given up.
 */
export class OpenExchanges {
  readonly #byId = new Map<string, Open>()
  #newestMs = -Infinity

  /** Number of them. */
  get size(): number {
    return this.#byId.size
  }

  /** No later one is known: what began after it need not be looked for. */
  get newestMs(): number {
    return this.#newestMs
  }

  /** Heard of one that is known; false when it is not. */
  hear(spanId: string, startMs: number, ageMs: number): boolean {
    const open = this.#byId.get(spanId)
    if (open === undefined) return false
    open.dueMs = dueAfter(startMs, ageMs)
    return true
  }

  /** Adds one; false when there are too many. */
  add(
    spanId: string,
    series: ActiveSeries,
    { startMs, ageMs, weight }: { startMs: number; ageMs: number; weight: number },
  ): boolean {
    if (this.#byId.size >= LIMIT) return false
    series.hold(1)
    this.#byId.set(spanId, { series, startMs, weight, dueMs: dueAfter(startMs, ageMs) })
    this.#newestMs = Math.max(this.#newestMs, startMs + CLOCK_MS)
    return true
  }

  /** One has ended; false when it was not known to be open. */
  end(spanId: string): boolean {
    const open = this.#byId.get(spanId)
    if (open === undefined) return false
    this.#remove(spanId, open)
    return true
  }

  /** Adds those that were open at `ms` to the values of their series. */
  tell(ms: number): void {
    for (const { series, startMs, weight } of this.#byId.values()) {
      if (startMs <= ms) series.value += weight
    }
  }

  /** Gives up those of which nothing was heard; returns for how many requests they stood. */
  giveUp(nowMs: number): number {
    return this.#removeAll(({ dueMs }) => dueMs < nowMs)
  }

  /** Gives up those of a resource; returns for how many requests they stood. */
  forget(requests: ActiveRequests): number {
    return this.#removeAll(({ series }) => series.owner === requests)
  }

  #removeAll(isGone: (open: Open) => boolean): number {
    let requests = 0
    for (const [spanId, open] of this.#byId) {
      if (!isGone(open)) continue
      requests += open.weight
      this.#remove(spanId, open)
    }
    return requests
  }

  #remove(spanId: string, { series }: Open): void {
    series.hold(-1)
    this.#byId.delete(spanId)
    if (this.#byId.size === 0) this.#newestMs = -Infinity
  }
}

function dueAfter(startMs: number, ageMs: number): number {
  return startMs + 2 * ageMs + GRACE_MS
}
