import type { Attributes } from './attributes.ts'
import type { Delivery } from './delivery.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { GroupedBatch, type Groups } from './received.ts'
import type { Resource, Scope } from './resource.ts'

/** OTLP `AggregationTemporality`. */
export const TEMPORALITY = { unspecified: 0, delta: 1, cumulative: 2 } as const
/** One of OTLP's temporalities, as its number on the wire. */
export type Temporality = (typeof TEMPORALITY)[keyof typeof TEMPORALITY]

/** An example of a measurement, with the span it was made in (OTLP `Exemplar`). */
export interface Exemplar {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  readonly value: number
  /** True for a whole number that is a double on the wire all the same. */
  readonly isDouble?: boolean
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
  /** OTLP `DataPointFlags`: with bit 0 the point says that there is no value any more. */
  readonly flags?: number
}

/** One value (OTLP `NumberDataPoint`). */
export interface NumberPoint extends Point {
  /** A `bigint` or a safe integer is an int64 on the wire, another number a double. */
  readonly value: number | bigint
  /** True for a whole number that is a double on the wire all the same. */
  readonly isDouble?: boolean
}

/** Values counted by fixed bounds (OTLP `HistogramDataPoint`). */
export interface HistogramPoint extends Point {
  readonly count: number
  /** Not known where values may be negative. */
  readonly sum?: number
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
  /** Not known where values may be negative. */
  readonly sum?: number
  readonly min?: number
  readonly max?: number
  /** The factor is 2^(2^-scale). */
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

/** A quantile of the values of a summary; 0 is the smallest, 1 the largest. */
export interface SummaryQuantile {
  readonly quantile: number
  readonly value: number
}

/** Quantiles that their source worked out (OTLP `SummaryDataPoint`). */
export interface SummaryPoint extends Point {
  readonly count: number
  readonly sum: number
  readonly quantiles: readonly SummaryQuantile[]
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
  | { readonly type: 'summary'; readonly points: readonly SummaryPoint[] }

/** One metric of one resource (OTLP `Metric`). */
export interface Metric {
  readonly name: string
  readonly description: string
  /** UCUM, `s` or `By`. */
  readonly unit: string
  readonly data: MetricData
  /** What its source says about the metric beside that. */
  readonly metadata?: Attributes
  /** Number of data points, where they need not be decoded to count them: ask `pointCountOf`. */
  readonly pointCount?: number
  /** Writes the fields of OTLP's `Metric` where they are there as bytes already. */
  encode?(out: ProtoWriter): void
  /** The metric with its data points from `from` up to `to`, where it is there as bytes. */
  slice?(from: number, to: number): Metric
  /** The metric with the data points whose index `keep` wants, where it is there as bytes. */
  pick?(keep: (i: number) => boolean): Metric
}

/** Number of data points of a metric; decodes none. */
export function pointCountOf(metric: Metric): number {
  return metric.pointCount ?? metric.data.points.length
}

/** Metrics of one resource and scope. */
export interface MetricGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly metrics: readonly Metric[]
  /** Writes all metrics as `ScopeMetrics` has them, where they are there as bytes already. */
  encodeAll?(out: ProtoWriter): void
  /** The same metrics of another resource or scope, where a copy of the fields would decode them. */
  under?(resource: Resource, scope: Scope): MetricGroup
  /** Bytes of all metrics in `ScopeMetrics`, where they are known. */
  readonly byteLength?: number
}

/** A batch of metrics; its items are data points. */
export class Metrics extends GroupedBatch<MetricGroup> {
  readonly kind = 'metrics'

  constructor(groups: Groups<MetricGroup>, delivery: Delivery) {
    super(groups, delivery, pointsIn)
  }
}

function pointsIn({ metrics }: MetricGroup): number {
  let sum = 0
  for (const metric of metrics) sum += pointCountOf(metric)
  return sum
}
