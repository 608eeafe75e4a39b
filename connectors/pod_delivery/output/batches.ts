import type { Settings } from '../../../src/component/settings.ts'
import { madeDelivery } from '../../../src/component/counted_delivery.ts'
import type { Batch } from '../../../src/pdata/batch.ts'
import { LogArray } from '../../../src/pdata/log_array.ts'
import { type LogRecord, Logs } from '../../../src/pdata/logs.ts'
import { type Metric, Metrics } from '../../../src/pdata/metrics.ts'
import { Resource, type Scope } from '../../../src/pdata/resource.ts'
import { SpanArray } from '../../../src/pdata/span_array.ts'
import { Traces } from '../../../src/pdata/traces.ts'
import type { ServiceSpan } from './spans.ts'

/** Deliveries have no resource: what they are about is in their attributes. */
const NOBODY = new Resource({})

/** Makes batches of what was made of deliveries. */
export class Batches {
  readonly #counters: Settings['counters']
  readonly #scope: Scope
  readonly #services = new Map<string, Resource>()

  constructor({ counters, version }: Settings) {
    this.#counters = counters
    this.#scope = { name: 'waggle/pod_delivery', version }
  }

  /** Spans, by the programs that they are told of. */
  traces(spans: readonly ServiceSpan[]): Batch[] {
    if (spans.length === 0) return []
    const groups = [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
      resource: this.#resourceOf(service),
      scope: this.#scope,
      spans: new SpanArray(own.map(({ span }) => span)),
    }))
    return [new Traces(groups, madeDelivery(this.#counters, spans.length))]
  }

  #resourceOf(service: string): Resource {
    const known = this.#services.get(service)
    if (known) return known
    const resource = new Resource({ 'service.name': service })
    this.#services.set(service, resource)
    return resource
  }

  /** Log records. */
  logs(records: readonly LogRecord[]): Batch[] {
    if (records.length === 0) return []
    const group = { resource: NOBODY, scope: this.#scope, logs: new LogArray(records) }
    return [new Logs([group], madeDelivery(this.#counters, records.length))]
  }

  /** Metrics. */
  metrics(metrics: readonly Metric[]): Batch[] {
    if (metrics.length === 0) return []
    const points = metrics.reduce((sum, { data }) => sum + data.points.length, 0)
    const group = { resource: NOBODY, scope: this.#scope, metrics }
    return [new Metrics([group], madeDelivery(this.#counters, points))]
  }
}
