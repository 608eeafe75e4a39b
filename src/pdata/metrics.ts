import type { Attributes } from './attributes.ts'
import type { Delivery } from './delivery.ts'
import type { Resource, Scope } from './resource.ts'

/** OTLP `AggregationTemporality`. */
export const TEMPORALITY = { delta: 1, cumulative: 2 } as const
/** One of OTLP's temporalities, as its number on the wire. */
export type Temporality = (typeof TEMPORALITY)[keyof typeof TEMPORALITY]

/** An example of a measurement, with the span it was made in (OTLP `Exemplar`). */
export interface Exemplar {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly value: number
  /** 32 lower-case hex digits, or empty. */
  readonly traceId: string
  /** 16 lower-case hex digits, or empty. */
  readonly spanId: string
  /** Attributes that the data point does not have. */
  readonly attributes: Attributes
}

/** What every data point has. */
export interface Point {
  readonly attributes: Attributes
  /** Nanoseconds since 1970: since when a sum or histogram counts; 0n for a gauge. */
  readonly startNs: bigint
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly exemplars: readonly Exemplar[]
}

/** One value (OTLP `NumberDataPoint`). */
export interface NumberPoint extends Point {
  /** A `bigint` or a safe integer is an int64 on the wire, another number a double. */
  readonly value: number | bigint
}

/** Values counted by fixed bounds (OTLP `HistogramDataPoint`). */
export interface HistogramPoint extends Point {
  readonly count: number
  readonly sum: number
  readonly min?: number
  readonly max?: number
  /** Upper bounds, inclusive, ascending; the last bucket has none. */
  readonly bounds: readonly number[]
  /** One more than there are bounds. */
  readonly counts: readonly number[]
}

/** Buckets of an exponential histogram: bucket `i` counts values in (base^(offset+i), base^(offset+i+1)]. */
export interface ExponentialBuckets {
  readonly offset: number
  readonly counts: readonly number[]
}

/** Values counted by bounds that grow by a factor (OTLP `ExponentialHistogramDataPoint`). */
export interface ExponentialHistogramPoint extends Point {
  readonly count: number
  readonly sum: number
  readonly min?: number
  readonly max?: number
  /** The factor is 2^(2^-scale). */
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

/** What a metric measures, and its data points (the `data` of OTLP's `Metric`). */
export type MetricData =
  | { readonly type: 'gauge'; readonly points: readonly NumberPoint[] }
  | {
      readonly type: 'sum'
      readonly points: readonly NumberPoint[]
      readonly temporality: Temporality
      readonly monotonic: boolean
    }
  | {
      readonly type: 'histogram'
      readonly points: readonly HistogramPoint[]
      readonly temporality: Temporality
    }
  | {
      readonly type: 'exponential_histogram'
      readonly points: readonly ExponentialHistogramPoint[]
      readonly temporality: Temporality
    }

/** One metric of one resource (OTLP `Metric`). */
export interface Metric {
  readonly name: string
  readonly description: string
  /** UCUM, `s` or `By`. */
  readonly unit: string
  readonly data: MetricData
}

/** Metrics of one resource and scope. */
export interface MetricGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly metrics: readonly Metric[]
}

/** A batch of metrics. Made every few seconds, not for every record, so these are plain objects. */
export class Metrics {
  readonly kind = 'metrics'
  readonly groups: readonly MetricGroup[]
  readonly delivery: Delivery
  /** Number of data points. */
  readonly itemCount: number

  constructor(groups: readonly MetricGroup[], delivery: Delivery) {
    this.groups = groups
    this.delivery = delivery
    this.itemCount = groups
      .flatMap(({ metrics }) => metrics)
      .reduce((sum, { data }) => sum + data.points.length, 0)
  }
}
