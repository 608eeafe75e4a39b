import type { Settings } from '../../src/component/settings.ts'
import type { SpanCounter } from '../../src/helpers/counting_connector.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import { SpanInput } from '../../src/helpers/span_input.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedPieces } from '../../src/pdata/encoded_pieces.ts'
import type { MetricGroup } from '../../src/pdata/metrics.ts'
import { decodeSpan } from '../../src/pdata/otlp_span.ts'
import { Resource, type Scope } from '../../src/pdata/resource.ts'
import { SPAN_KIND, STATUS_CODE, type Traces } from '../../src/pdata/traces.ts'
import type { ServiceGraphConfig } from './config.ts'
import { EdgeCounts } from './edge_counts.ts'
import { EdgeKey, type End, type Half } from './half.ts'
import { HalfStore } from './half_store.ts'
import { Joiner } from './joiner.ts'
import { type Node, nodeOf } from './node.ts'
import { metricsOf } from './points.ts'
import type { Account } from './self_metrics.ts'
import { SpanNames } from './span_names.ts'

/** What a graph gets beside its configuration. */
export interface Surroundings {
  readonly settings: Settings
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** From 0 up to, not including, 1. */
  readonly random: () => number
}

/** Edges have no resource: they lie between two. */
const NOBODY = new Resource({})

/** Finds the requests between services in spans, and counts them. */
export class Graph implements SpanCounter {
  readonly #config: ServiceGraphConfig
  readonly #surroundings: Surroundings
  readonly #scope: Scope
  readonly #input: SpanInput
  readonly #names: SpanNames
  readonly #pieces = new EncodedPieces()
  readonly #nodes = new WeakMap<Resource, { readonly node: Node | undefined }>()
  readonly #store = new HalfStore()
  readonly #counts: EdgeCounts
  readonly #joiner: Joiner
  readonly #key = new EdgeKey()
  readonly #ignored = { no_service_name: 0, kind: 0 }
  #dropped = 0
  #reversed = 0
  #toldOverflow = false

  constructor(config: ServiceGraphConfig, surroundings: Surroundings) {
    const { settings, random } = surroundings
    this.#config = config
    this.#surroundings = surroundings
    this.#scope = { name: 'waggle/service_graph', version: settings.version }
    this.#input = new SpanInput([
      ...config.dimensions,
      ...config.database_name_attributes,
      ...config.virtual_node_peer_attributes,
    ])
    this.#names = new SpanNames(config, this.#input)
    this.#counts = new EdgeCounts(config, random)
    this.#joiner = new Joiner(config, this.#store, this.#counts)
  }

  /** What it knows of itself. */
  get account(): Account {
    const { edges, expired } = this.#joiner
    return {
      waiting: this.#store.size,
      series: this.#counts.size,
      edges,
      expired,
      dropped: this.#dropped,
      overflowed: this.#counts.overflowed,
      ignored: this.#ignored,
      reversed: this.#reversed,
    }
  }

  /** Finds edges in a batch, and in what waits from those before. */
  add(batch: Traces): void {
    this.#joiner.nowMs = this.#surroundings.nowMs()
    for (const { resource, spans } of batch.groups) {
      const node = this.#nodeOf(resource)
      if (node === undefined) this.#ignored.no_service_name += spans.length
      else this.#pieces.each(spans, (items) => this.#addAll(items, node))
    }
    this.#makeRoom()
    this.#tellOverflow()
  }

  #nodeOf(resource: Resource): Node | undefined {
    const known = this.#nodes.get(resource)
    if (known) return known.node
    const node = nodeOf(resource.attributes, this.#config)
    this.#nodes.set(resource, { node })
    return node
  }

  #addAll(items: EncodedItems, node: Node): void {
    const input = this.#input
    const { length } = items
    for (let i = 0; i < length; i++) {
      input.select(items, i)
      const { kind } = input.places
      if (kind === SPAN_KIND.internal) {
        this.#ignored.kind++
        continue
      }
      if (input.reversed) this.#reversed++
      if (kind === SPAN_KIND.client || kind === SPAN_KIND.producer) this.#addClient(node)
      else if (kind === SPAN_KIND.consumer && input.places.links > 0) this.#addLinked(node)
      else this.#addServer(node)
    }
  }

  #addClient(node: Node): void {
    const { places, items } = this.#input
    const half = this.#half('client', node)
    half.peer = this.#names.peer()
    const { traceFrom, traceTo, idFrom, idTo } = places
    this.#key.readAt(items.bytes, traceFrom, traceTo, idFrom, idTo)
    this.#joiner.addClient(half, this.#key, this.#names.database(node))
  }

  #addServer(node: Node): void {
    const { places, items } = this.#input
    const half = this.#half('server', node)
    const { traceFrom, traceTo, parentFrom, parentTo } = places
    this.#key.readAt(items.bytes, traceFrom, traceTo, parentFrom, parentTo)
    this.#joiner.addServer(half, this.#key)
  }

  /** A consumer that names its producers: an edge from each of them. */
  #addLinked(node: Node): void {
    const { items, index } = this.#input
    const { links = [] } = decodeSpan(items.bytes, items.start(index), items.end(index))
    for (const { traceId, spanId } of links) {
      this.#key.read(traceId, spanId)
      this.#joiner.addLinked(this.#half('linked', node), this.#key)
    }
  }

  /** The span at hand. */
  #half(end: End, node: Node): Half {
    const { places, durationNs, weight } = this.#input
    const half = this.#store.take()
    half.end = end
    half.node = node
    half.dimensions = this.#names.dimensions(node)
    half.durationNs = durationNs
    half.failed = places.status === STATUS_CODE.error
    half.messaging = places.kind === SPAN_KIND.producer || places.kind === SPAN_KIND.consumer
    half.weight = weight
    half.bornMs = this.#joiner.nowMs
    half.readId(this.#input.items.bytes, places.idFrom, places.idTo)
    return half
  }

  /** Those that came last go where more wait than may. */
  #makeRoom(): void {
    const store = this.#store
    if (store.size > this.#config.store.max_items) this.expireHalves()
    while (store.size > this.#config.store.max_items) {
      this.#dropped++
      this.#joiner.drop(store.newest as Half)
    }
  }

  /** Gives those up that have waited too long. */
  expireHalves(): void {
    const nowMs = this.#surroundings.nowMs()
    this.#joiner.expire(nowMs, nowMs - this.#config.store.ttl)
  }

  /** Forgets edges that had no requests for too long. */
  expireSeries(): void {
    const { metrics_expiration: expiration } = this.#config
    if (expiration > 0) this.#counts.expire(this.#surroundings.nowMs() - expiration)
  }

  /** What was counted so far. */
  flush(last: boolean): MetricGroup[] {
    if (last) {
      this.expireHalves()
      this.#end()
    }
    const { metrics_timestamp_offset: offset, exponential_histogram_max_size: size } = this.#config
    const timeNs = nanoseconds(this.#surroundings.nowMs())
    const metrics = metricsOf([...this.#counts], timeNs, nanoseconds(offset), size > 0)
    return [{ resource: NOBODY, scope: this.#scope, metrics }]
  }

  #end(): void {
    const spans = this.#joiner.end()
    const { log } = this.#surroundings.settings
    if (spans > 0) log.warn({ spans }, 'Ended while spans waited for the other end of their edge.')
  }

  #tellOverflow(): void {
    if (this.#counts.overflowed === 0 || this.#toldOverflow) return
    this.#toldOverflow = true
    const limit = this.#config.aggregation_cardinality_limit
    const message = 'Too many series, further ones are summed up in one.'
    this.#surroundings.settings.log.warn({ limit }, message)
  }
}
