import type { Settings } from '../../src/component/settings.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import type { SpanList, Traces } from '../../src/pdata/traces.ts'
import type { RequestMetricsConfig } from './config.ts'
import type { ActiveRequests } from './active_requests.ts'
import { DecodedHttp } from './decoded_http.ts'
import { InFlight } from './in_flight.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import { Recipe } from './recipe.ts'
import { type Common, ResourceMetrics } from './resource_metrics.ts'
import { Routes } from './routes.ts'
import type { Account } from './self_metrics.ts'
import { SeriesKey } from './series_key.ts'
import { Service, Services } from './services.ts'

/** What an aggregator gets beside its configuration. */
export interface Surroundings {
  readonly settings: Settings
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** Takes what was counted of a resource that had to make room. */
  readonly onEvicted: (group: MetricGroup) => void
}

/** Counts spans, resource by resource. */
export class Aggregator {
  readonly #config: RequestMetricsConfig
  readonly #surroundings: Surroundings
  readonly #common: Common
  readonly #services: Services
  readonly #resources = new Map<Resource, ResourceMetrics>()
  readonly #decoded = new DecodedHttp()
  #batches = 0
  #ignored = 0
  #overflowed = 0

  constructor(config: RequestMetricsConfig, surroundings: Surroundings) {
    this.#config = config
    this.#surroundings = surroundings
    const { settings, nowMs } = surroundings
    const routes = new Routes(config.routes)
    const recipe = new Recipe(config)
    const { server, client } = recipe.active
    this.#common = {
      recipe,
      routes,
      key: new SeriesKey(),
      scope: { name: 'waggle/request_metrics', version: settings.version },
      inFlight:
        server || client ? new InFlight(recipe, config.metrics_flush_interval, nowMs()) : undefined,
      intervalNs: nanoseconds(nowMs()),
    }
    const limit = config.aggregation_cardinality_limit || Infinity
    this.#services = new Services(
      config.resource_metrics_cache_size,
      (name) => new Service(name, routes.service(), limit),
    )
  }

  /** What it knows of itself. */
  get account(): Account {
    let series = 0
    for (const one of this.#resources.values()) series += one.size
    const resources = this.#resources.size
    const { inFlight } = this.#common
    return { resources, series, overflowed: this.#overflowed, ignored: this.#ignored, inFlight }
  }

  /** Counts the spans of a batch, and its totals; what is no HTTP request is passed over. */
  add(batch: Traces): void {
    this.#batches++
    for (const { resource, spans } of batch.groups) {
      const metrics = this.#metricsOf(resource)
      metrics.usedAt = this.#batches
      this.#count(metrics, spans)
      if (metrics.service.overflows) this.#tellOverflow(metrics.service)
    }
    this.#countTotals(batch)
  }

  #countTotals({ totals }: Traces): void {
    for (const { resource, totals: ofResource } of totals) {
      const metrics = this.#metricsOf(resource)
      metrics.usedAt = this.#batches
      for (const total of ofResource) metrics.countTotal(total)
      if (metrics.service.overflows) this.#tellOverflow(metrics.service)
    }
  }

  #count(metrics: ResourceMetrics, spans: SpanList): void {
    const { length } = spans
    for (let i = 0; i < length; i++) {
      const span = spans.http?.(i) ?? this.#decode(spans, i)
      if (span !== undefined) metrics.count(span, spans, i)
      else if (!this.#takeOpen(metrics, spans, i)) this.#ignored++
    }
    const { inFlight } = this.#common
    if (inFlight !== undefined && metrics.active !== undefined) {
      this.#countInFlight(metrics.active, inFlight, spans)
    }
  }

  /** A loop of its own, so small that the times in it become no objects. */
  #countInFlight(active: ActiveRequests, inFlight: InFlight, spans: SpanList): void {
    const { length } = spans
    const reachMs = inFlight.reachMs(this.#surroundings.nowMs())
    for (let i = 0; i < length; i++) {
      if (spans.startMs(i) > reachMs) continue
      const span = spans.http?.(i) ?? this.#decode(spans, i)
      if (span !== undefined) inFlight.end(active, span, spans, i)
    }
  }

  /** False where the span is no report of an open exchange that is asked for. */
  #takeOpen({ active }: ResourceMetrics, spans: SpanList, i: number): boolean {
    const { inFlight } = this.#common
    if (inFlight === undefined || active === undefined) return false
    if (!this.#decoded.selectOpen(spans, i) || !inFlight.wants(this.#decoded.client)) return false
    inFlight.begin(active, this.#decoded, spans, i)
    return true
  }

  #decode(spans: SpanList, i: number): DecodedHttp | undefined {
    return this.#decoded.select(spans, i) ? this.#decoded : undefined
  }

  #metricsOf(resource: Resource): ResourceMetrics {
    const known = this.#resources.get(resource)
    if (known) return known
    if (this.#resources.size === this.#config.resource_metrics_cache_size) this.#evict()
    const service = this.#services.join(resource.attributes)
    const made = new ResourceMetrics(resource, service, this.#common)
    this.#resources.set(resource, made)
    return made
  }

  #evict(): void {
    let [idlest] = this.#resources.values()
    for (const one of this.#resources.values()) {
      if (one.usedAt < (idlest as ResourceMetrics).usedAt) idlest = one
    }
    if (!idlest) return
    const nowMs = this.#surroundings.nowMs()
    this.#surroundings.onEvicted(idlest.flush(nanoseconds(nowMs), nowMs, undefined, undefined))
    this.#remove(idlest)
  }

  #remove(metrics: ResourceMetrics): void {
    if (metrics.active) this.#common.inFlight?.forget(metrics.active)
    metrics.end()
    this.#resources.delete(metrics.resource)
  }

  /** What was counted so far, or since the last flush, by resource. */
  flush(): MetricGroup[] {
    const nowMs = this.#surroundings.nowMs()
    const { metrics_expiration: expiration } = this.#config
    const expiredMs = expiration === 0 ? undefined : nowMs - expiration
    const timeNs = nanoseconds(nowMs)
    const settled = this.#common.inFlight?.settle(nowMs)
    const groups = [...this.#resources.values()].map((one) =>
      one.flush(timeNs, nowMs, expiredMs, settled),
    )
    for (const one of this.#resources.values()) if (one.isEmpty) this.#remove(one)
    this.#common.intervalNs = timeNs
    return groups
  }

  /** Once when it begins, and again only after there was room. */
  #tellOverflow(service: Service): void {
    this.#overflowed += service.takeOverflow()
    if (!service.beginsToOverflow()) return
    const { log } = this.#surroundings.settings
    const limit = this.#config.aggregation_cardinality_limit
    log.warn(
      { service: service.name, limit },
      'Too many series, further ones are summed up in one.',
    )
  }
}
