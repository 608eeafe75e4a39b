import type { ExchangeFacts, ExchangeTotal } from '../../src/pdata/exchange_totals.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import type { Exemplar, MetricGroup } from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { SpanList } from '../../src/pdata/traces.ts'
import { countTotal } from './count_total.ts'
import { attributesOf, type Dimensions } from './dimensions.ts'
import { metricsOf } from './points.ts'
import type { Recipe } from './recipe.ts'
import type { Route } from './route.ts'
import type { Routes } from './routes.ts'
import { Series, type Tally } from './series.ts'
import type { SeriesKey } from './series_key.ts'
import { SeriesTable } from './series_table.ts'
import type { Service } from './services.ts'

/** OpenTelemetry SDK specification, cardinality limits. */
const OVERFLOW = { 'otel.metric.overflow': true }

/** What all resources' metrics share. */
export interface Common {
  readonly recipe: Recipe
  readonly routes: Routes
  readonly key: SeriesKey
  readonly scope: Scope
  /** Since when the spans at hand have been counted, in nanoseconds since 1970. */
  intervalNs: bigint
}

/** The metrics of one resource. */
export class ResourceMetrics {
  readonly resource: Resource
  readonly service: Service
  /** The batch that last had spans of it, by number. */
  usedAt = 0
  readonly #common: Common
  readonly #table = new SeriesTable()
  #overflow: { server: Series | undefined; client: Series | undefined } = {
    server: undefined,
    client: undefined,
  }

  constructor(resource: Resource, service: Service, common: Common) {
    this.resource = resource
    this.service = service
    this.#common = common
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
    return this.service.admit() ? this.#add(key) : this.#overflowOf(facts.client)
  }

  #add(key: SeriesKey): Series {
    const values = key.values()
    const { recipe, intervalNs } = this.#common
    const tallies = recipe.tallies(key.client ? 'client' : 'server')
    const series = new Series(key.hash, values, attributesOf(values), intervalNs, tallies)
    this.#table.add(series)
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
   * @param expiredMs series not used since are given up; undefined gives up none
   */
  flush(timeNs: bigint, nowMs: number, expiredMs: number | undefined): MetricGroup {
    for (const series of this.#all()) if (series.touched) series.usedMs = nowMs
    if (expiredMs !== undefined) this.#expire(expiredMs)
    const { recipe, scope } = this.#common
    const metrics = metricsOf(this.#all(), recipe.temporality, timeNs)
    return { resource: this.resource, scope, metrics }
  }

  /** Number of series, those for what is too much among them. */
  get size(): number {
    const { server, client } = this.#overflow
    return this.#table.size + (server ? 1 : 0) + (client ? 1 : 0)
  }

  /** Ends it: its series are its service's no more. */
  end(): void {
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
