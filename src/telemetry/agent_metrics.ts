import { type HrTime, ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import type { MetricAttributes } from './meter.ts'
import type { CollectedMetric, MetricRegistry } from './metric_registry.ts'

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

  /** @param resource attributes of the agent */
  constructor(registry: MetricRegistry, resource: MetricAttributes) {
    this.#reader = new PullReader({ metricProducers: [new RegistryProducer(registry)] })
    this.#provider = new MeterProvider({
      resource: resourceFromAttributes(resource),
      readers: [this.#reader],
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

function metricData(
  { facts, type, points }: CollectedMetric,
  times: { readonly startTime: HrTime; readonly endTime: HrTime },
): MetricData {
  const { name, description, unit } = facts
  const shared = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: points.map((point) => ({ ...times, ...point })),
  }
  if (type === 'gauge') return { ...shared, dataPointType: DataPointType.GAUGE }
  return { ...shared, dataPointType: DataPointType.SUM, isMonotonic: true }
}

function hrTimeNow(): HrTime {
  const ms = Date.now()
  return [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000]
}
