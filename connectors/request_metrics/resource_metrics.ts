import type { ExchangeFacts, ExchangeTotal } from '../../src/pdata/exchange_totals.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import type { Exemplar, MetricGroup } from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { SpanList } from '../../src/pdata/traces.ts'
import { ActiveRequests } from './active_requests.ts'
import type { InFlight } from './in_flight.ts'
import type { Settled } from './instants.ts'
import { countTotal } from './count_total.ts'
import { attributesOf, type Dimensions } from './dimensions.ts'
import { metricsOf } from './points.ts'
import type { Recipe } from './recipe.ts'
import type { Route } from './route.ts'
import type { Routes } from './routes.ts'
import { OVERFLOW, Series, type Tally } from './series.ts'
import type { SeriesKey } from './series_key.ts'
import { SeriesTable } from '../../src/helpers/series_table.ts'
import type { Service } from './services.ts'

/** What all resources' metrics share. */
export interface Common {
  readonly recipe: Recipe
  readonly routes: Routes
  readonly key: SeriesKey
  readonly scope: Scope
  /** Undefined where requests in flight are not counted. */
  readonly inFlight: InFlight | undefined
  /** Since when the spans at hand have been counted, in nanoseconds since 1970. */
  intervalNs: bigint
}

/** The metrics of one resource. */
export class ResourceMetrics {
  readonly resource: Resource
  readonly service: Service
  /** Its requests in flight; undefined where they are not counted. */
  readonly active: ActiveRequests | undefined
  /** The batch that last had spans of it, by number. */
  usedAt = 0
  readonly #common: Common
  readonly #table = new SeriesTable<Series>()
  #overflow: { server: Series | undefined; client: Series | undefined } = {
    server: undefined,
    client: undefined,
  }

  constructor(resource: Resource, service: Service, common: Common) {
    this.resource = resource
    this.service = service
    this.#common = common
    const { inFlight } = common
    this.active = inFlight && new ActiveRequests(inFlight.common, service)
  }

  /** Counts span `i` of a list, read as `span`. */
  count(span: HttpSpan, list: SpanList, i: number): void {
    const series = this.#seriesOf(span)
    series.touched = true
    const { duration, requestBody, responseBody } = series
    if (duration !== undefined) measure(duration, list.durationNs(i), span, list, i)
    if (requestBody !== undefined) {
      const size = span.requestBody
      if (size !== undefined) measure(requestBody, size, span, list, i)
    }
    if (responseBody !== undefined) {
      const size = span.responseBody
      if (size !== undefined) measure(responseBody, size, span, list, i)
    }
  }

  /** Counts exchanges that have no span, and so no route. */
  countTotal(total: ExchangeTotal): void {
    countTotal(this.#seriesFor(total, this.#dimensionsOf(total), undefined), total)
  }

  #dimensionsOf({ client }: ExchangeFacts): Dimensions {
    return client ? this.#common.recipe.client : this.#common.recipe.server
  }

  #seriesOf(span: HttpSpan): Series {
    const has = this.#dimensionsOf(span)
    const route = has.route ? this.#common.routes.of(span, this.service.routes) : undefined
    return this.#seriesFor(span, has, route)
  }

  #seriesFor(facts: ExchangeFacts, has: Dimensions, route: Route | undefined): Series {
    const { key } = this.#common
    key.read(facts, has, route)
    const known = this.#table.find(key)
    if (known !== undefined) return known
    return this.service.admit() ? this.#add(key, facts) : this.#overflowOf(facts.client)
  }

  #add(key: SeriesKey, facts: ExchangeFacts): Series {
    const values = key.values()
    const { recipe, intervalNs, inFlight } = this.#common
    const tallies = recipe.tallies(key.client ? 'client' : 'server')
    const series = new Series(key.hash, values, attributesOf(values), intervalNs, tallies)
    this.#table.add(series)
    if (inFlight?.wants(facts.client)) series.active = this.active?.seriesOf(facts)
    return series
  }

  #overflowOf(client: boolean): Series {
    const side = client ? 'client' : 'server'
    const { recipe, key, intervalNs } = this.#common
    const series = this.#overflow[side]
    if (series !== undefined) return series
    const made = new Series(0, key.values(), OVERFLOW, intervalNs, recipe.tallies(side))
    this.#overflow[side] = made
    return made
  }

  /**
   * What was counted, up to `timeNs`.
   * @param settled what can be told of requests in flight
   * @param expiredMs series not used since are given up; undefined gives up none
   */
  flush(
    timeNs: bigint,
    nowMs: number,
    expiredMs: number | undefined,
    settled: Settled | undefined,
  ): MetricGroup {
    for (const series of this.#all()) {
      if (!series.touched) continue
      series.usedMs = nowMs
      if (series.active !== undefined) series.active.touched = true
    }
    if (expiredMs !== undefined) this.#expire(expiredMs)
    const { recipe, scope } = this.#common
    const counted = metricsOf(this.#all(), recipe.temporality, timeNs)
    const active = settled && this.active?.flush(settled, nowMs, expiredMs)
    return { resource: this.resource, scope, metrics: active ? [...counted, ...active] : counted }
  }

  /** Number of series, those for what is too much among them. */
  get size(): number {
    const { server, client } = this.#overflow
    return this.#table.size + (server ? 1 : 0) + (client ? 1 : 0)
  }

  /** True when it has no series any more. */
  get isEmpty(): boolean {
    return this.size === 0 && (this.active === undefined || this.active.isEmpty)
  }

  /** Ends it: its series are its service's no more. */
  end(): void {
    this.active?.end()
    this.service.leave(this.#table.size)
  }

  #expire(expiredMs: number): void {
    const expired = (series: Series): boolean => series.usedMs <= expiredMs
    this.service.release(this.#table.prune(expired))
    const { server, client } = this.#overflow
    if (server && expired(server)) this.#overflow.server = undefined
    if (client && expired(client)) this.#overflow.client = undefined
  }

  *#all(): Generator<Series> {
    yield* this.#table
    if (this.#overflow.server) yield this.#overflow.server
    if (this.#overflow.client) yield this.#overflow.client
  }
}

/** Counts a value, nanoseconds or bytes. */
function measure(tally: Tally, value: number, span: HttpSpan, list: SpanList, i: number): void {
  const bucket = tally.histogram.record(value, span.totalled ? 1 : span.weight)
  if (tally.exemplars.wants(bucket))
    tally.exemplars.add(bucket, exemplarOf(tally, value, span, list, i))
}

function exemplarOf(
  { histogram }: Tally,
  value: number,
  span: HttpSpan,
  list: SpanList,
  i: number,
): Exemplar {
  const { traceId, spanId } = span.ids()
  const startNs = BigInt(Math.round(list.startMs(i) * 1e6))
  const timeNs = startNs + BigInt(Math.round(list.durationNs(i)))
  return { timeNs, value: value / histogram.perUnit, traceId, spanId, attributes: {} }
}
