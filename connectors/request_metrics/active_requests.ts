import type { Attributes } from '../../src/pdata/attributes.ts'
import type { ExchangeFacts } from '../../src/pdata/exchange_totals.ts'
import { type Metric, type NumberPoint, TEMPORALITY } from '../../src/pdata/metrics.ts'
import { attributesOf, type Dimensions, type Values } from './dimensions.ts'
import { ACTIVE_REQUESTS } from './instruments.ts'
import { INSTANTS, type Settled } from './instants.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import type { SeriesKey } from './series_key.ts'
import { OVERFLOW } from './series.ts'
import { SeriesTable } from '../../src/helpers/series_table.ts'
import type { Service } from './services.ts'

type Side = 'server' | 'client'

/** Requests in flight that have the same attributes. */
export class ActiveSeries {
  readonly owner: ActiveRequests
  readonly hash: number
  readonly values: Values
  readonly attributes: Attributes
  /** True when it was in use since the last flush. */
  touched = true
  /** The last flush, in milliseconds since 1970, at which it had been in use. */
  usedMs = 0
  /** Of the exchanges that are open, how many were so at the instant that is told. */
  value = 0
  /** The next one of the same place in the table. */
  next: ActiveSeries | undefined
  /** Exchanges that have ended, by the instants at which they were in flight. */
  readonly #ended = new Uint32Array(INSTANTS)
  #open = 0

  constructor(owner: ActiveRequests, hash: number, values: Values, attributes: Attributes) {
    this.owner = owner
    this.hash = hash
    this.values = values
    this.attributes = attributes
  }

  /** Counts an exchange that was in flight at the instant number `n`, for `weight` of them. */
  count(n: number, weight: number): void {
    this.touched = true
    const place = n % INSTANTS
    this.#ended[place] = (this.#ended[place] as number) + weight
  }

  /** So many more exchanges are known to be open. */
  hold(change: number): void {
    this.touched = true
    this.#open += change
    this.owner.open += change
  }

  /** Takes the value for what is told, and frees what is free again. */
  take({ told, freed }: Settled): number {
    const value = this.value + (told === undefined ? 0 : (this.#ended[told.place] as number))
    this.value = 0
    for (const place of freed) this.#ended[place] = 0
    return value
  }

  /** True when it may be given up once it was not in use for long. */
  get isIdle(): boolean {
    return this.#open === 0 && this.#ended.every((count) => count === 0)
  }
}

/** What the requests in flight of all resources share. */
export interface ActiveCommon {
  /** Attributes of the sides that are counted. */
  readonly dimensions: Readonly<Record<Side, Dimensions>>
  readonly key: SeriesKey
  /** Since when is counted, in nanoseconds since 1970. */
  readonly startNs: bigint
}

/** The requests in flight of one resource. */
export class ActiveRequests {
  /** Exchanges that are known to be open. */
  open = 0
  readonly #common: ActiveCommon
  readonly #service: Service
  readonly #table = new SeriesTable<ActiveSeries>()
  #overflow: Partial<Record<Side, ActiveSeries>> = {}

  constructor(common: ActiveCommon, service: Service) {
    this.#common = common
    this.#service = service
  }

  /** The series of a request; the one for what is too much where there is no room. */
  seriesOf(request: ExchangeFacts): ActiveSeries {
    const { dimensions, key } = this.#common
    key.read(request, request.client ? dimensions.client : dimensions.server, undefined)
    const known = this.#table.find(key)
    if (known !== undefined) return known
    if (!this.#service.admitActive()) return this.#overflowOf(request.client ? 'client' : 'server')
    const values = key.values()
    const series = new ActiveSeries(this, key.hash, values, attributesOf(values))
    this.#table.add(series)
    return series
  }

  #overflowOf(side: Side): ActiveSeries {
    return (this.#overflow[side] ??= new ActiveSeries(this, 0, this.#common.key.values(), OVERFLOW))
  }

  /**
   * What can be told now.
   * @param expiredMs series not in use since are given up
   */
  flush(settled: Settled, nowMs: number, expiredMs: number | undefined): Metric[] {
    const points: Record<Side, NumberPoint[]> = { server: [], client: [] }
    for (const series of this.#all()) {
      const value = series.take(settled)
      if (series.touched || value > 0) series.usedMs = nowMs
      series.touched = false
      if (settled.told === undefined) continue
      points[series.values.client ? 'client' : 'server'].push(
        this.#point(series, value, settled.told.ms),
      )
    }
    if (expiredMs !== undefined) this.#expire(expiredMs)
    return (['server', 'client'] as const)
      .filter((side) => points[side].length > 0)
      .map((side) => ({
        ...ACTIVE_REQUESTS[side],
        data: {
          type: 'sum',
          points: points[side],
          // The specification of the OTLP exporters leaves such counters cumulative for deltas, too.
          temporality: TEMPORALITY.cumulative,
          monotonic: false,
        },
      }))
  }

  #point({ attributes }: ActiveSeries, value: number, ms: number): NumberPoint {
    const timeNs = nanoseconds(ms)
    return { attributes, startNs: this.#common.startNs, timeNs, exemplars: [], value }
  }

  #expire(expiredMs: number): void {
    const expired = (series: ActiveSeries): boolean => series.usedMs <= expiredMs && series.isIdle
    this.#service.releaseActive(this.#table.prune(expired))
    for (const side of ['server', 'client'] as const) {
      const series = this.#overflow[side]
      if (series && expired(series)) delete this.#overflow[side]
    }
  }

  /** True when it has no series. */
  get isEmpty(): boolean {
    return this.#table.size === 0 && !this.#overflow.server && !this.#overflow.client
  }

  /** Ends it: its series are its service's no more. */
  end(): void {
    this.#service.releaseActive(this.#table.size)
  }

  *#all(): Generator<ActiveSeries> {
    yield* this.#table
    if (this.#overflow.server) yield this.#overflow.server
    if (this.#overflow.client) yield this.#overflow.client
  }
}
