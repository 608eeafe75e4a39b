import {
  AggregationTemporality,
  DataPointType,
  PeriodicExportingMetricReader,
  type HistogramMetricData,
  type MetricData,
  type MetricProducer,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { Delivery } from '../pdata/delivery.ts'
import { Metrics, TEMPORALITY } from '../pdata/metrics.ts'
import type { HistogramPoint, Metric, NumberPoint } from '../pdata/metrics.ts'
import { Resource } from '../pdata/resource.ts'

/** Where and how often the agent's metrics are sent. */
export interface PushOptions {
  /** Sends them. Never rejects; resolves with whether they were taken. */
  readonly push: (metrics: Metrics) => Promise<boolean>
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** A reader of the SDK's that hands the agent's metrics over as a batch of ours. */
export function pushReader(
  { push, intervalMs, timeoutMs }: PushOptions,
  producer: MetricProducer,
): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({
    exporter: new PushExporter(push),
    exportIntervalMillis: intervalMs,
    // The SDK takes no more.
    exportTimeoutMillis: Math.min(timeoutMs, intervalMs),
    metricProducers: [producer],
  })
}

type Done = Parameters<PushMetricExporter['export']>[1]

/** The SDK's results, which it names only in a package of its own (core's ExportResultCode). */
const RESULT = { success: 0, failed: 1 } as const

class PushExporter implements PushMetricExporter {
  readonly #push: PushOptions['push']

  constructor(push: PushOptions['push']) {
    this.#push = push
  }

  export(metrics: ResourceMetrics, done: Done): void {
    void this.#export(metrics, done)
  }

  async #export(metrics: ResourceMetrics, done: Done): Promise<void> {
    const taken = await this.#push(batchOf(metrics))
    done({ code: taken ? RESULT.success : RESULT.failed })
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE
  }
}

/** The SDK's metrics as a batch. */
function batchOf({ resource, scopeMetrics }: ResourceMetrics): Metrics {
  const own = new Resource(resource.attributes as Record<string, string>)
  const groups = scopeMetrics.map(({ scope: { name, version = '' }, metrics }) => {
    return { resource: own, scope: { name, version }, metrics: metrics.flatMap(metricOf) }
  })
  return new Metrics(groups, new Delivery())
}

/** What the registry does not have is left out. */
function metricOf(metric: MetricData): Metric[] {
  const { name, description, unit } = metric.descriptor
  const temporality = TEMPORALITY.cumulative
  const data = (): Metric['data'] | undefined => {
    switch (metric.dataPointType) {
      case DataPointType.GAUGE:
        return { type: 'gauge', points: metric.dataPoints.map((one) => numberPoint(one, 0n)) }
      case DataPointType.SUM: {
        const points = metric.dataPoints.map((one) => numberPoint(one, start(one)))
        return { type: 'sum', points, temporality, monotonic: true }
      }
      case DataPointType.HISTOGRAM:
        return { type: 'histogram', points: metric.dataPoints.map(histogramPoint), temporality }
      case DataPointType.EXPONENTIAL_HISTOGRAM:
        return undefined
    }
  }
  const told = data()
  return told ? [{ name, description, unit, data: told }] : []
}

type SdkPoint<T> = {
  readonly attributes: object
  readonly startTime: Time
  readonly endTime: Time
  readonly value: T
}

type Time = readonly [number, number]

function numberPoint(
  { attributes, endTime, value }: SdkPoint<number>,
  startNs: bigint,
): NumberPoint {
  const own = attributes as Record<string, string>
  return { attributes: own, startNs, timeNs: nanoseconds(endTime), exemplars: [], value }
}

function histogramPoint(point: HistogramMetricData['dataPoints'][number]): HistogramPoint {
  const { count, sum = 0, buckets } = point.value
  return {
    attributes: point.attributes as Record<string, string>,
    startNs: start(point),
    timeNs: nanoseconds(point.endTime),
    exemplars: [],
    count,
    sum,
    bounds: buckets.boundaries,
    counts: buckets.counts,
  }
}

function start({ startTime }: { readonly startTime: Time }): bigint {
  return nanoseconds(startTime)
}

function nanoseconds([seconds, nanos]: Time): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}
