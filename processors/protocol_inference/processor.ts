import { map, type OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { ProcessTable } from '../../src/helpers/process_table.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import type { Scope } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { ProtocolInferenceConfig } from './config.ts'
import { groupRows } from './group_rows.ts'
import { HttpSpans } from './http_spans.ts'
import { HttpExchangeView } from './http_view.ts'

/** Turns observations into spans; what is spans already passes. */
export class ProtocolInferenceProcessor implements Processor {
  readonly #view = new HttpExchangeView()
  readonly #processes: ProcessTable
  readonly #scope: Scope

  constructor(
    settings: Settings,
    config: ProtocolInferenceConfig,
    processes: ProcessTable = new ProcessTable({ limit: config.max_processes }),
  ) {
    this.#processes = processes
    this.#scope = { name: 'waggle/protocol_inference', version: settings.version }
  }

  get operator(): OperatorFunction<Batch, Batch> {
    return map((batch) => (batch.kind === 'observations' ? this.#spansOf(batch) : batch))
  }

  /** One group of spans a process; the records are not copied. */
  #spansOf(records: HttpObservations): Traces {
    const processes = this.#processes
    processes.refresh()
    const groups = groupRows(records.itemCount, (row) => processes.resourceOf(records, row))
    const spans = groups.map(({ key, rows }) => ({
      resource: key,
      scope: this.#scope,
      spans: new HttpSpans(this.#view, records, rows, 0, rows.length),
    }))
    return new Traces(spans, records.delivery)
  }
}
