import { type HrTime, ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type HistogramMetricData,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import type { MetricAttributes } from './meter.ts'
import type { CollectedMetric, MetricPoint, MetricRegistry } from './metric_registry.ts'
import { pushReader, type PushOptions } from './push_exporter.ts'

/** A distribution as the SDK has it. */
type HistogramValue = HistogramMetricData['dataPoints'][number]['value']

/** All metrics as the SDK has them. */
export interface AgentMetricsResult {
  readonly metrics: readonly MetricData[]
  readonly resource: MetricAttributes
  /** What kept some of them from being told. */
  readonly errors: readonly unknown[]
}

/**
 * The registry as a source of the OpenTelemetry SDK's, from where its readers and exporters take it.
 * The SDK's own observable instruments are not used because they tell a series for ever once it was
 * told (sdk-metrics 3.1.1): a value that is not known any more, or a component that has gone, would
 * stay.
 */
export class AgentMetrics {
  readonly #provider: MeterProvider
  readonly #reader: PullReader

  /**
   * @param resource attributes of the agent
   * @param pushes where the metrics are sent, from now on until `shutdown`, then once more
   */
  constructor(
    registry: MetricRegistry,
    resource: MetricAttributes,
    pushes: readonly PushOptions[] = [],
  ) {
    const producer = new RegistryProducer(registry)
    this.#reader = new PullReader({ metricProducers: [producer] })
    this.#provider = new MeterProvider({
      resource: resourceFromAttributes(resource),
      readers: [this.#reader, ...pushes.map((one) => pushReader(one, producer))],
    })
  }

  /** Reads everything as it stands. */
  async collect(): Promise<AgentMetricsResult> {
    const { resourceMetrics, errors } = await this.#reader.collect()
    const { resource, scopeMetrics } = resourceMetrics
    return {
      metrics: scopeMetrics.flatMap(({ metrics }) => metrics),
      resource: resource.attributes as MetricAttributes,
      errors,
    }
  }

  /** Ends it. */
  async shutdown(): Promise<void> {
    await this.#provider.shutdown()
  }
}

/** A reader that is only asked. */
class PullReader extends MetricReader {
  protected async onShutdown(): Promise<void> {}
  protected async onForceFlush(): Promise<void> {}
}

/** Tells the SDK what the registry has. */
class RegistryProducer implements MetricProducer {
  readonly #registry: MetricRegistry
  readonly #startTime = hrTimeNow()

  constructor(registry: MetricRegistry) {
    this.#registry = registry
  }

  async collect(): Promise<CollectionResult> {
    const { metrics, errors } = this.#registry.collect()
    const times = { startTime: this.#startTime, endTime: hrTimeNow() }
    const scope = {
      scope: { name: 'waggle' },
      metrics: metrics.map((one) => metricData(one, times)),
    }
    // The reader takes the provider's resource, and nothing of this one.
    const resource = resourceFromAttributes({})
    return { resourceMetrics: { resource, scopeMetrics: [scope] }, errors: [...errors] }
  }
}

interface Times {
  readonly startTime: HrTime
  readonly endTime: HrTime
}

function metricData({ facts, type, points }: CollectedMetric, times: Times): MetricData {
  const { name, description, unit } = facts
  const shared = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  if (type === 'histogram') {
    const dataPoints = points.flatMap((point) => histogramPoint(point, times))
    return { ...shared, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = points.map(({ attributes, value }) => ({ ...times, attributes, value }))
  if (type === 'gauge') return { ...shared, dataPointType: DataPointType.GAUGE, dataPoints }
  return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
}

function histogramPoint(
  { attributes, distribution }: MetricPoint,
  times: Times,
): DataPoint<HistogramValue>[] {
  if (!distribution) return []
  const { count, sum, bounds, counts } = distribution
  const buckets = { boundaries: [...bounds], counts: [...counts] }
  return [{ ...times, attributes, value: { count, sum, buckets } }]
}

function hrTimeNow(): HrTime {
  const ms = Date.now()
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000]
}
