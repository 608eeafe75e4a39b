import { filter, map, type OperatorFunction, pipe } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { CgroupTable } from '../../src/helpers/cgroup_table.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { ProcessTable } from '../../src/helpers/process_table.ts'
import { cgroup2Root } from '../../src/kernel/cgroup.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { TotalGroup } from '../../src/pdata/exchange_totals.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import type { Observations } from '../../src/pdata/observations.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { type SpanGroup, type SpanList, Traces } from '../../src/pdata/traces.ts'
import type { ProtocolInferenceConfig } from './config.ts'
import { groupRows } from './group_rows.ts'
import { HttpSpans } from './http_spans.ts'
import { HttpExchangeView } from './http_view.ts'
import { queueSpans } from './queue_spans.ts'
import { totalGroups } from './total_groups.ts'

/** Turns observations into spans; what is spans already passes. */
export class ProtocolInferenceProcessor implements Processor {
  readonly #view = new HttpExchangeView()
  readonly #processes: ProcessTable
  readonly #drops: DropLog
  readonly #scope: Scope
  readonly #withQueueSpans: boolean

  constructor(
    settings: Settings,
    config: ProtocolInferenceConfig,
    processes: ProcessTable = new ProcessTable({
      limit: config.max_processes,
      cgroups: new CgroupTable({ root: cgroup2Root }),
    }),
  ) {
    this.#processes = processes
    this.#drops = new DropLog(settings.log, settings.counters)
    this.#withQueueSpans = config.queue_spans
    this.#scope = { name: 'waggle/protocol_inference', version: settings.version }
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return pipe(
      filter((batch) => !isForeign(batch) || this.#passOver(batch)),
      map((batch) => (isHttp(batch) ? this.#spansOf(batch) : batch)),
    )
  }

  async shutdown(): Promise<void> {
    this.#drops.end()
  }

  /** What no span can be made of ends here, on purpose: it is no fault of its receiver. */
  #passOver({ itemCount, delivery }: Observations): false {
    this.#drops.drop('foreign', itemCount)
    delivery.settle(ACCEPTED)
    return false
  }

  /** One group of spans a process; the records are not copied. */
  #spansOf(records: HttpObservations): Traces {
    const processes = this.#processes
    processes.refresh()
    const groups = groupRows(records.itemCount, (row) => processes.resourceOf(records, row))
    const spans = groups.flatMap(({ key, rows }) => [
      this.#group(key, new HttpSpans(this.#view, records, rows, 0, rows.length)),
      ...this.#queueSpans(key, records, rows),
    ])
    return new Traces(spans, records.delivery, this.#totalsOf(records))
  }

  #totalsOf({ totals }: HttpObservations): TotalGroup[] | undefined {
    const resourceOf = this.#processes.resourceOf.bind(this.#processes)
    return totals && totalGroups(totals, this.#view.fields, resourceOf)
  }

  #group(resource: Resource, spans: SpanList): SpanGroup {
    return { resource, scope: this.#scope, spans }
  }

  #queueSpans(resource: Resource, records: HttpObservations, rows: Uint32Array): SpanGroup[] {
    if (!this.#withQueueSpans) return []
    const spans = queueSpans(this.#view, records, rows)
    return spans.length === 0 ? [] : [this.#group(resource, new SpanArray(spans))]
  }
}

function isHttp(batch: Batch): batch is HttpObservations {
  return batch.kind === 'observations' && batch.schema === 'http'
}

function isForeign(batch: Batch): batch is Exclude<Observations, HttpObservations> {
  return batch.kind === 'observations' && batch.schema !== 'http'
}
