import { Subject } from 'rxjs'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Settings } from '../../src/component/settings.ts'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import type { Logs } from '../../src/pdata/logs.ts'
import type { HistogramPoint, Metrics, NumberPoint } from '../../src/pdata/metrics.ts'
import {
  ArrayNetworkObservations,
  type Report,
  type ReportBatch,
} from '../../src/pdata/network_observations_for_tests.ts'
import { ComponentCounters } from '../../src/telemetry/counters.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { aggregationConfig } from './config.ts'
import { aggregation } from './index.ts'
import type { MetricName } from './instruments.ts'
import { INSTRUMENTS } from './instruments.ts'
import { Owners } from './owners.ts'
import { AggregationProcessor } from './processor.ts'

/** Containers whose cgroups are known. */
export const CONTAINERS = [1, 2].map((cgroupId) => ({
  cgroupId,
  id: String(cgroupId).repeat(64),
}))

/** A processor that is fed by hand; processes are known by the names in the reports alone. */
export class Fed {
  readonly batches: Batch[] = []
  readonly outcomes: Outcome[] = []
  readonly log: string[] = []
  readonly counters: ComponentCounters
  /** What becomes of what is handed on. */
  outcome: Outcome = ACCEPTED
  readonly #source = new Subject<Batch>()
  readonly #registry = new MetricRegistry('detailed')

  constructor(options: object = {}, pipeline = 'metrics') {
    this.counters = new ComponentCounters('processor/aggregation', pipeline)
    const settings: Settings = {
      ...testSettings(aggregation, { write: (line) => this.log.push(line) }),
      counters: this.counters,
      meter: this.#registry.meter({}),
    }
    const cgroups = new CgroupTable({ root: () => undefined })
    for (const { cgroupId, id } of CONTAINERS) cgroups.add(cgroupId, `/docker/${id}`)
    const place = { proc: '/nowhere', host: 'node-1', now: () => 0, cgroups }
    const owners = new Owners({ limit: 4096, ...place })
    const config = aggregationConfig.parse(options)
    const { operator } = new AggregationProcessor(settings, config, undefined, owners)
    this.#source.pipe(operator).subscribe((batch) => {
      this.batches.push(batch)
      batch.delivery.settle(this.outcome)
    })
  }

  take(reports: readonly Report[], batch: ReportBatch = {}): this {
    return this.takeBatch(new ArrayNetworkObservations(reports, batch))
  }

  takeBatch(batch: Batch): this {
    this.counters.countIn(batch.itemCount)
    this.#source.next(batch)
    return this
  }

  /** Ends it; what it hands on is in `batches` then. */
  end(): this {
    this.#source.complete()
    return this
  }

  /** The batch that came last, as lines. */
  get lines(): string[] {
    const batch = this.batches.at(-1)
    return batch === undefined ? [] : linesOf(batch as Metrics)
  }

  get last(): Logs {
    return this.batches.at(-1) as Logs
  }

  /** What it tells of itself: the value of each metric by its name and grouping. */
  get account(): Record<string, number> {
    const { metrics } = this.#registry.collect()
    return Object.fromEntries(
      metrics.flatMap(({ facts, points }) =>
        points.map(({ value, attributes: { by } }) => [`${facts.name} ${by}`, value]),
      ),
    )
  }
}

/** Only these metrics, summed up so. */
export function only(metrics: Partial<Record<MetricName, string>>): object {
  const all = INSTRUMENTS.map(({ name }) => {
    const by = metrics[name]
    return [name, by === undefined ? { enabled: false } : { by }]
  })
  return { metrics: Object.fromEntries(all) }
}

/** Each data point: its service, metric, attributes and value. */
export function linesOf({ groups }: Metrics): string[] {
  return groups.flatMap(({ resource, metrics }) =>
    metrics.flatMap(({ name, data }) =>
      data.points.map((point) => {
        const service = resource.attributes['service.name'] as string
        const value = valueText(point as NumberPoint | HistogramPoint)
        return `${service} ${name} ${textOf(point.attributes)} ${value}`
      }),
    ),
  )
}

function valueText(point: NumberPoint | HistogramPoint): string {
  if ('value' in point) return String(point.value)
  return `count=${point.count} sum=${point.sum} [${point.counts.join(' ')}]`
}

/** Attributes on one line: `source.address=10.0.0.1,…`. */
export function textOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([key, value]) => `${key}=${value as string}`)
    .join(',')
}
