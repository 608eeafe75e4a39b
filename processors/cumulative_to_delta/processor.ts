import { hash } from 'node:crypto'
import { filter, map } from 'rxjs'
import type { OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { type Clock, systemClock } from '../../src/helpers/clock.ts'
import { nameFilter } from '../../src/helpers/name_filter.ts'
import { attributesText } from '../../src/pdata/attributes_text.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import { EncodedMetric } from '../../src/pdata/encoded_metrics.ts'
import { mapGroups } from '../../src/pdata/map_groups.ts'
import {
  type Metric,
  type MetricData,
  type MetricGroup,
  type Metrics,
  type Point,
  TEMPORALITY,
} from '../../src/pdata/metrics.ts'
import type { CumulativeToDeltaConfig } from './config.ts'
import { type Delta, exponentialHistogramDelta, histogramDelta, numberDelta } from './deltas.ts'
import { Streams } from './streams.ts'

/** OTLP `DataPointFlags`: the point has no value. */
const NO_VALUE = 1

/** Why a point goes. */
type Reason =
  | 'initial'
  | 'reset'
  | 'bucket_mismatch'
  | 'no_value'
  | 'out_of_order'
  | 'too_many_streams'

/** `cumulative_to_delta` as a component. Only metrics come in, as the component declares. */
export class CumulativeToDeltaProcessor implements Processor {
  readonly #settings: Settings
  readonly #initial: CumulativeToDeltaConfig['initial_value']
  readonly #isWanted: (name: string) => boolean
  readonly #streams: Streams
  readonly #startNs: bigint

  /** @param startNs when the processor began, in nanoseconds since 1970 */
  constructor(
    settings: Settings,
    config: CumulativeToDeltaConfig,
    clock: Clock = systemClock,
    startNs: bigint = BigInt(Date.now()) * 1_000_000n,
  ) {
    this.#settings = settings
    this.#initial = config.initial_value
    this.#isWanted = nameFilter(config.include, config.exclude)
    this.#streams = new Streams(config, clock)
    this.#startNs = startNs
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return (source) =>
      source.pipe(
        map((batch) => this.#convert(batch as Metrics)),
        filter((batch) => batch !== undefined),
      )
  }

  #convert(batch: Metrics): Metrics | undefined {
    this.#streams.sweep()
    const converted = mapGroups(batch, (group) => this.#group(group))
    if (converted === batch || converted.itemCount > 0) return converted
    batch.delivery.settle(ACCEPTED)
    return undefined
  }

  #group(group: MetricGroup): MetricGroup | undefined {
    const { metrics } = group
    const after = metrics.map((metric) => this.#metric(group, metric))
    if (after.every((metric, i) => metric === metrics[i])) return group
    const kept = after.filter((metric) => metric !== undefined)
    const { resource, scope } = group
    return kept.length === 0 ? undefined : { resource, scope, metrics: kept }
  }

  /** Undefined where none of its points is left. */
  #metric(group: MetricGroup, metric: Metric): Metric | undefined {
    if (!mayBeCumulative(metric) || !this.#isWanted(metric.name)) return metric
    const { name, description, unit, metadata, data } = metric
    if (!isConvertible(data)) return metric
    const key = metricKey(group, metric, data.type)
    const converted = this.#data(data, key)
    if (converted.points.length === 0) return undefined
    return { name, description, unit, ...(metadata && { metadata }), data: converted }
  }

  #data(data: Convertible, key: string): Convertible {
    const temporality = TEMPORALITY.delta
    switch (data.type) {
      case 'sum':
        return { ...data, temporality, points: this.#points(data.points, key, numberDelta) }
      case 'histogram':
        return { ...data, temporality, points: this.#points(data.points, key, histogramDelta) }
      case 'exponential_histogram': {
        const points = this.#points(data.points, key, exponentialHistogramDelta)
        return { ...data, temporality, points }
      }
    }
  }

  #points<P extends Point>(
    points: readonly P[],
    metric: string,
    deltaOf: (point: P, before: P) => Delta<P>,
  ): P[] {
    const kept: P[] = []
    for (const point of points) {
      const delta = this.#point(point, metric, deltaOf)
      if (typeof delta === 'string') this.#settings.counters.drop(delta, 1)
      else kept.push(delta)
    }
    return kept
  }

  #point<P extends Point>(
    point: P,
    metric: string,
    deltaOf: (point: P, before: P) => Delta<P>,
  ): P | Reason {
    if (((point.flags ?? 0) & NO_VALUE) !== 0) return 'no_value'
    // Not a number says that a series has ended, as Prometheus has it: that is handed on.
    if ('value' in point && Number.isNaN(point.value)) return point
    const attributes = attributesText(point.attributes)
    const before = this.#streams.get(metric, attributes)?.point as P | undefined
    if (before && point.timeNs < before.timeNs) return 'out_of_order'
    if (!this.#streams.keep(metric, attributes, point)) return 'too_many_streams'
    return before ? deltaOf(point, before) : this.#first(point)
  }

  #first<P extends Point>(point: P): P | Reason {
    if (this.#initial === 'keep') return point
    if (this.#initial === 'drop') return 'initial'
    const { startNs, timeNs } = point
    return startNs < this.#startNs || startNs === timeNs ? 'initial' : point
  }
}

/** Sums and histograms. */
type Convertible = Extract<MetricData, { temporality: unknown }>

function mayBeCumulative(metric: Metric): boolean {
  const type = metric instanceof EncodedMetric ? metric.type : metric.data.type
  return type !== 'gauge' && type !== 'summary'
}

function isConvertible(data: MetricData): data is Convertible {
  if (!('temporality' in data) || data.temporality !== TEMPORALITY.cumulative) return false
  return data.type !== 'sum' || data.monotonic
}

/** The same for the same metric of the same resource and scope, whatever the order of attributes. */
function metricKey(
  { resource, scope }: MetricGroup,
  { name, unit }: Metric,
  type: MetricData['type'],
): string {
  const parts = [attributesText(resource.attributes), scope.name, scope.version, name, unit, type]
  return hash('sha256', JSON.stringify(parts), 'base64')
}
