import type { HttpSpan } from '../../src/pdata/http_span.ts'
import type { SpanList } from '../../src/pdata/traces.ts'
import type { ActiveCommon, ActiveRequests } from './active_requests.ts'
import type { DecodedHttp } from './decoded_http.ts'
import { Instants, type Settled } from './instants.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import { OpenExchanges } from './open_exchanges.ts'
import type { Recipe } from './recipe.ts'
import { SeriesKey } from './series_key.ts'

/** How far the clock of spans may be ahead, in milliseconds. */
const CLOCK_MS = 20

/** Why requests that were in flight are not in the value that was told, or are in one too many. */
export const MISSED = ['late', 'lost', 'too_many'] as const

/**
 * How many exchanges were in flight at each of a row of instants: those that had begun and not ended.
 * Known is of an exchange that it has ended, or that it is open.
 */
export class InFlight {
  readonly common: ActiveCommon
  /** Requests so far of which was told too late, not at all, or that were too many. */
  readonly missed: Record<(typeof MISSED)[number], number> = { late: 0, lost: 0, too_many: 0 }
  readonly #wanted: { readonly server: boolean; readonly client: boolean }
  readonly #instants: Instants
  readonly #open = new OpenExchanges()

  constructor(recipe: Recipe, everyMs: number, nowMs: number) {
    this.#wanted = recipe.active
    this.#instants = new Instants(everyMs, nowMs)
    const startNs = nanoseconds(nowMs)
    this.common = { dimensions: recipe.activeDimensions, key: new SeriesKey(), startNs }
  }

  /** Exchanges that are known to be open. */
  get open(): number {
    return this.#open.size
  }

  /** True when the side is counted. */
  wants(client: boolean): boolean {
    return client ? this.#wanted.client : this.#wanted.server
  }

  /** Exchanges that began later than that were in flight at no instant so far. */
  reachMs(nowMs: number): number {
    return Math.max(this.#instants.lastBefore(nowMs + CLOCK_MS), this.#open.newestMs)
  }

  /** Takes an exchange that has ended, span `i` of a list. */
  end(requests: ActiveRequests, span: HttpSpan, list: SpanList, i: number): void {
    if (!this.wants(span.client)) return
    const { weight } = span
    const startMs = list.startMs(i)
    const endMs = startMs + list.durationNs(i) / 1e6
    const wasOpen = startMs <= this.#open.newestMs && this.#open.end(span.ids().spanId)
    const { told } = this.#instants
    if (!wasOpen && startMs <= told && told < endMs) this.missed.late += weight
    let n = this.#instants.lastIn(startMs, endMs)
    if (n === -1) return
    const series = requests.seriesOf(span)
    for (; this.#instants.isIn(n, startMs); n--) series.count(n, weight)
  }

  /** Takes the report of an exchange that is open, span `i` of a list. */
  begin(requests: ActiveRequests, span: DecodedHttp, list: SpanList, i: number): void {
    const [startMs, ageMs] = [list.startMs(i), list.durationNs(i) / 1e6]
    const { parentSpanId } = list.at(i)
    if (this.#open.hear(parentSpanId, startMs, ageMs)) return
    const { weight } = span
    const added = this.#open.add(parentSpanId, requests.seriesOf(span), { startMs, ageMs, weight })
    if (!added) this.missed.too_many += weight
    else if (startMs <= this.#instants.told) this.missed.late += weight
  }

  /** Settles what can be told now; the open exchanges are in the values of their series then. */
  settle(nowMs: number): Settled {
    this.missed.lost += this.#open.giveUp(nowMs)
    const settled = this.#instants.settle(nowMs)
    if (settled.told !== undefined) this.#open.tell(settled.told.ms)
    return settled
  }

  /** A resource has to make room: what is open there is not followed any more. */
  forget(requests: ActiveRequests): void {
    if (requests.open > 0) this.missed.lost += this.#open.forget(requests)
  }
}
