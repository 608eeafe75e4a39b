import { ByteKey } from '../../src/helpers/byte_key.ts'
import { ByteTable } from '../../src/helpers/byte_table.ts'
import { Exemplars } from '../../src/helpers/exemplars.ts'
import { ExplicitBounds, ExplicitHistogram } from '../../src/helpers/explicit_histogram.ts'
import { ExponentialHistogram } from '../../src/helpers/exponential_histogram.ts'
import { nanoseconds } from '../../src/helpers/nanoseconds.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { BOUNDS_MS, type ServiceGraphConfig } from './config.ts'
import type { Edge } from './edge.ts'
import { type Durations, EdgeSeries } from './edge_series.ts'
import { hexOfWords } from './half.ts'

/** OpenTelemetry SDK specification, cardinality limits. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true }
const NS_PER_S = 1e9

/** Requests between services, by the attributes of their edges. */
export class EdgeCounts {
  /** Requests so far that went to the series for what is too much. */
  overflowed = 0
  readonly #config: ServiceGraphConfig
  readonly #random: () => number
  readonly #table = new ByteTable<EdgeSeries>()
  readonly #key = new ByteKey()
  readonly #bounds: ExplicitBounds
  readonly #noExemplars = new Exemplars(0)
  #overflow: EdgeSeries | undefined

  constructor(config: ServiceGraphConfig, random: () => number) {
    this.#config = config
    this.#random = random
    const ms = config.latency_histogram_buckets ?? BOUNDS_MS
    this.#bounds = new ExplicitBounds(
      ms.map((bound) => bound / 1000),
      NS_PER_S,
    )
  }

  /** Number of series. */
  get size(): number {
    return this.#table.size + (this.#overflow ? 1 : 0)
  }

  /** Counts a request. */
  count(edge: Edge, nowMs: number): void {
    edge.addTo(this.#key)
    const series = this.#table.find(this.#key) ?? this.#add(edge, nowMs)
    const weight = series.count(edge, nowMs)
    if (weight === 0) return
    const { trace, client0, client1, server0, server1 } = edge
    record(series.client, edge.clientNs, weight, trace, client0, client1, nowMs)
    record(series.server, edge.serverNs, weight, trace, server0, server1, nowMs)
  }

  /** Removes those that were not used since and of which all was told. */
  expire(sinceMs: number): void {
    const expired = ({ usedMs, told, requests }: EdgeSeries): boolean =>
      usedMs <= sinceMs && told === requests
    this.#table.prune(expired)
    if (this.#overflow && expired(this.#overflow)) this.#overflow = undefined
  }

  *[Symbol.iterator](): Generator<EdgeSeries> {
    yield* this.#table
    if (this.#overflow) yield this.#overflow
  }

  #add(edge: Edge, nowMs: number): EdgeSeries {
    const { aggregation_cardinality_limit: limit } = this.#config
    if (limit > 0 && this.#table.size >= limit) {
      this.overflowed++
      return (this.#overflow ??= this.#make(0, OVERFLOW, nowMs))
    }
    const series = this.#make(this.#key.hash, edge.attributes(this.#config), nowMs)
    this.#table.add(this.#key, series)
    return series
  }

  #make(hash: number, attributes: Attributes, nowMs: number): EdgeSeries {
    const ends = [this.#durations(), this.#durations()] as const
    return new EdgeSeries(hash, attributes, nanoseconds(nowMs), ends, this.#random())
  }

  #durations(): Durations {
    const { exponential_histogram_max_size: size, exemplars } = this.#config
    return {
      histogram: size
        ? new ExponentialHistogram(size, NS_PER_S)
        : new ExplicitHistogram(this.#bounds),
      exemplars: exemplars.enabled
        ? new Exemplars(exemplars.max_per_data_point)
        : this.#noExemplars,
    }
  }
}

function record(
  { histogram, exemplars }: Durations,
  ns: number,
  weight: number,
  trace: Int32Array,
  id0: number,
  id1: number,
  nowMs: number,
): void {
  const bucket = histogram.record(ns, weight)
  // An end that was not seen has no span.
  if (!exemplars.wants(bucket) || (id0 === 0 && id1 === 0)) return
  exemplars.add(bucket, {
    timeNs: nanoseconds(nowMs),
    value: ns / NS_PER_S,
    isDouble: true,
    traceId: hexOfWords([...trace]),
    spanId: hexOfWords([id0, id1]),
    attributes: {},
  })
}
