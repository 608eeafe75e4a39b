import type { Attributes } from './attributes.ts'
import { Delivery } from './delivery.ts'
import {
  type Exemplar,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type MetricData,
  Metrics,
  type NumberPoint,
  type SummaryPoint,
  TEMPORALITY,
  type Temporality,
} from './metrics.ts'
import { Resource, type Scope } from './resource.ts'

/** A moment in 2026, in nanoseconds since 1970. */
export const TIME_NS = 1_790_000_060_000_000_000n
/** A minute before it. */
export const START_NS = 1_790_000_000_000_000_000n

const common = { attributes: {}, startNs: START_NS, timeNs: TIME_NS, exemplars: [] }

/** A data point with one value. */
export function numberPoint(
  value: number | bigint,
  attributes: Attributes = {},
  given: Partial<NumberPoint> = {},
): NumberPoint {
  return { ...common, value, attributes, ...given }
}

/** A histogram's data point of the values 0.05, 0.5, 0.5 and 5, with what the test gives instead. */
export function histogramPoint(given: Partial<HistogramPoint> = {}): HistogramPoint {
  return { ...common, count: 4, sum: 6.05, bounds: [0.1, 1], counts: [1, 2, 1], ...given }
}

/** An exponential histogram's data point with buckets of factor 2: zero, two in (1, 2], one in (2, 4]. */
export function exponentialPoint(
  given: Partial<ExponentialHistogramPoint> = {},
): ExponentialHistogramPoint {
  const buckets = { positive: { offset: 0, counts: [2, 1] }, negative: { offset: 0, counts: [] } }
  const zero = { zeroCount: 1, zeroThreshold: 0 }
  return { ...common, count: 4, sum: 6, scale: 0, ...zero, ...buckets, ...given }
}

/** An exemplar of a trace. */
export function exemplarOf(value: number, given: Partial<Exemplar> = {}): Exemplar {
  return {
    timeNs: TIME_NS - 1_000_000n,
    value,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    attributes: {},
    ...given,
  }
}

type Rest = Partial<Omit<Metric, 'name' | 'data'>>

function metric(name: string, data: MetricData, rest: Rest): Metric {
  return { name, description: '', unit: '', ...rest, data }
}

/** A gauge of these points. */
export function gauge(name: string, points: readonly NumberPoint[], rest: Rest = {}): Metric {
  return metric(name, { type: 'gauge', points }, rest)
}

/** A monotonic sum of these points. */
export function counter(
  name: string,
  points: readonly NumberPoint[],
  rest: Rest & { temporality?: Temporality; monotonic?: boolean } = {},
): Metric {
  const { temporality = TEMPORALITY.cumulative, monotonic = true, ...texts } = rest
  return metric(name, { type: 'sum', points, temporality, monotonic }, texts)
}

/** A histogram of these points. */
export function histogram(
  name: string,
  points: readonly HistogramPoint[],
  rest: Rest & { temporality?: Temporality } = {},
): Metric {
  const { temporality = TEMPORALITY.cumulative, ...texts } = rest
  return metric(name, { type: 'histogram', points, temporality }, texts)
}

/** An exponential histogram of these points. */
export function exponentialHistogram(
  name: string,
  points: readonly ExponentialHistogramPoint[],
  rest: Rest & { temporality?: Temporality } = {},
): Metric {
  const { temporality = TEMPORALITY.cumulative, ...texts } = rest
  return metric(name, { type: 'exponential_histogram', points, temporality }, texts)
}

const SHOP = new Resource({ 'service.name': 'shop' })
const SCOPE: Scope = { name: 'waggle/test', version: '0.1.0' }

/** A summary of these points. */
export function summary(name: string, points: readonly SummaryPoint[], rest: Rest = {}): Metric {
  return metric(name, { type: 'summary', points }, rest)
}

/** A summary's data point of four values, with its median and its largest. */
export function summaryPoint(given: Partial<SummaryPoint> = {}): SummaryPoint {
  const quantiles = [
    { quantile: 0.5, value: 0.5 },
    { quantile: 1, value: 5 },
  ]
  return { ...common, count: 4, sum: 6.05, quantiles, ...given }
}

/** A batch of metrics of one resource and scope. */
export function metricsOf(
  metrics: readonly Metric[],
  resource: Resource = SHOP,
  scope: Scope = SCOPE,
): Metrics {
  return new Metrics([{ resource, scope, metrics }], new Delivery())
}
