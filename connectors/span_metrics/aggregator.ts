import type { Settings } from '../../src/component/settings.ts'
import { ByteKey } from '../../src/helpers/byte_key.ts'
import type { SpanCounter } from '../../src/helpers/counting_connector.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedPieces } from '../../src/pdata/encoded_pieces.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import type { SpanGroup, Traces } from '../../src/pdata/traces.ts'
import type { SpanMetricsConfig } from './config.ts'
import { DeltaStarts } from './delta_starts.ts'
import { EventCounter } from './event_counter.ts'
import { Recipe } from './recipe.ts'
import { type Flush, ResourceCounts } from './resource_counts.ts'
import type { Account } from './self_metrics.ts'
import { SpanTeller } from './span_teller.ts'
import { identityOf, type View, viewOf } from './views.ts'

/** Scopes of a resource that are kept. */
const MAX_SCOPES = 1000

/** What an aggregator gets beside its configuration. */
export interface Surroundings {
  readonly settings: Settings
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** Takes what was counted of a resource that had to make room. */
  readonly onEvicted: (group: MetricGroup) => void
}

/** Counts spans, resource by resource. */
export class Aggregator implements SpanCounter {
  readonly #config: SpanMetricsConfig
  readonly #surroundings: Surroundings
  readonly #recipe: Recipe
  readonly #teller: SpanTeller
  readonly #events: EventCounter | undefined
  readonly #scope: Scope
  readonly #starts: DeltaStarts
  readonly #pieces = new EncodedPieces()
  readonly #key = new ByteKey()
  /** The one used last stands last. */
  readonly #resources = new Map<string, ResourceCounts>()
  readonly #views = new WeakMap<Resource, Map<string, View>>()
  readonly #total = { ignored: 0, reversed: 0, evicted: 0, calls: 0, duration: 0, events: 0 }

  constructor(config: SpanMetricsConfig, surroundings: Surroundings) {
    const { settings, random } = surroundings
    this.#config = config
    this.#surroundings = surroundings
    this.#recipe = new Recipe(config, random)
    this.#teller = new SpanTeller(this.#recipe)
    this.#events = this.#recipe.events && new EventCounter(this.#recipe.events, this.#teller)
    this.#scope = { name: 'waggle/span_metrics', version: settings.version }
    this.#starts = new DeltaStarts(config.metric_timestamp_cache_size)
  }

  /** What it knows of itself. */
  get account(): Account {
    let series = 0
    for (const counts of this.#resources.values()) series += counts.size
    return { ...this.#total, resources: this.#resources.size, series }
  }

  /** Counts the spans of a batch. */
  add(batch: Traces): void {
    const nowMs = this.#surroundings.nowMs()
    const timeNs = nanoseconds(nowMs)
    for (const group of batch.groups) this.#addGroup(group, nowMs, timeNs)
  }

  #addGroup({ resource, scope, spans }: SpanGroup, nowMs: number, timeNs: bigint): void {
    const view = this.#viewOf(resource, scope)
    if (view === undefined) {
      this.#total.ignored += spans.length
      return
    }
    view.counts.usedMs = nowMs
    this.#pieces.each(spans, (items) => this.#count(items, view, timeNs))
    this.#tellOverflow(view.counts)
  }

  #count(items: EncodedItems, view: View, timeNs: bigint): void {
    const { input } = this.#recipe
    const { sets, events } = view.counts
    const { length } = items
    for (let i = 0; i < length; i++) {
      input.select(items, i)
      if (input.reversed) this.#total.reversed++
      for (let n = 0; n < sets.length; n++) this.#teller.count(sets[n]!, view, timeNs, this.#starts)
      if (events !== undefined && input.places.events > 0) {
        this.#events?.count(events, view, timeNs, this.#starts)
      }
    }
  }

  #viewOf(resource: Resource, scope: Scope): View | undefined {
    const { include_instrumentation_scope: included } = this.#config
    const scopeKey = included.length === 0 ? '' : `${scope.name}\n${scope.version}`
    const views = this.#views.get(resource)
    const known = views?.get(scopeKey)
    if (known?.counts.alive) return known
    if (!Object.hasOwn(resource.attributes, 'service.name')) return undefined
    const counts = this.#countsOf(resource)
    const view = viewOf(resource, scope, this.#recipe, this.#key, counts)
    const room = views && views.size < MAX_SCOPES ? views : new Map<string, View>()
    this.#views.set(resource, room.set(scopeKey, view))
    return view
  }

  #countsOf(resource: Resource): ResourceCounts {
    const { key, shown } = identityOf(resource, this.#config)
    const known = this.#resources.get(key)
    if (known) return known
    if (this.#resources.size >= this.#config.resource_metrics_cache_size) this.#evict()
    const made = new ResourceCounts(key, shown, this.#recipe)
    this.#resources.set(key, made)
    return made
  }

  #evict(): void {
    let [idlest] = this.#resources.values()
    for (const one of this.#resources.values()) {
      if (one.usedMs < (idlest as ResourceCounts).usedMs) idlest = one
    }
    if (!idlest) return
    this.#total.evicted++
    this.#surroundings.onEvicted(this.#flushOne(idlest, this.#now(true)))
    this.#remove(idlest)
  }

  #now(last: boolean): Flush {
    const nowMs = this.#surroundings.nowMs()
    return { nowMs, timeNs: nanoseconds(nowMs), last }
  }

  #flushOne(counts: ResourceCounts, flush: Flush): MetricGroup {
    return counts.flush(flush, this.#recipe, this.#scope, this.#starts)
  }

  #remove(counts: ResourceCounts): void {
    counts.alive = false
    this.#resources.delete(counts.key)
  }

  /** What was counted so far, or since the last flush, by resource. */
  flush(last: boolean): MetricGroup[] {
    const flush = this.#now(last)
    const groups = [...this.#resources.values()].map((one) => this.#flushOne(one, flush))
    for (const counts of this.#resources.values()) this.#expire(counts, flush.nowMs)
    return groups
  }

  #expire(counts: ResourceCounts, nowMs: number): void {
    // With deltas everything begins anew.
    if (this.#recipe.delta) return this.#remove(counts)
    const { metrics_expiration: ofResource, series_expiration = ofResource } = this.#config
    if (series_expiration > 0) {
      for (const set of counts.all) set.expire(nowMs - series_expiration)
    }
    const idle = ofResource > 0 && counts.usedMs <= nowMs - ofResource
    if (counts.size === 0 || (idle && counts.isTold)) this.#remove(counts)
  }

  #tellOverflow(counts: ResourceCounts): void {
    let overflowed = 0
    for (const set of counts.all) {
      overflowed += set.overflowed
      for (const measure of set.layout.measures) this.#total[measure] += set.overflowed
      set.overflowed = 0
    }
    if (overflowed === 0 || counts.toldOverflow) return
    counts.toldOverflow = true
    const limit = this.#config.aggregation_cardinality_limit
    const service = counts.resource.attributes['service.name']
    const message = 'Too many series, further ones are summed up in one.'
    this.#surroundings.settings.log.warn({ service, limit }, message)
  }
}
