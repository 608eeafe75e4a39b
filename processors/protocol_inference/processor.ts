import { map, type OperatorFunction } from 'rxjs'
import type { Processor } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { ProcessTable } from '../../src/helpers/process_table.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_EXCHANGE } from '../../src/pdata/http_record.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { type SpanGroup, Traces } from '../../src/pdata/traces.ts'
import type { ProtocolInferenceConfig } from './config.ts'
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

  /** Groups records by their process without copying them: each group is a list of indices. */
  #spansOf(records: HttpObservations): Traces {
    const groups = new Map<Resource, number[]>()
    for (let row = 0; row < records.itemCount; row++) {
      const resource = this.#resourceOf(records, row)
      const rows = groups.get(resource)
      if (rows) rows.push(row)
      else groups.set(resource, [row])
    }
    const spans: SpanGroup[] = []
    for (const [resource, rows] of groups) {
      const list = new HttpSpans(this.#view, records, Uint32Array.from(rows), 0, rows.length)
      spans.push({ resource, scope: this.#scope, spans: list })
    }
    return new Traces(spans, records.delivery)
  }

  #resourceOf(records: HttpObservations, row: number): Resource {
    const comm = HTTP_EXCHANGE['socket.comm']
    return this.#processes.resourceOf(
      records.pid(row),
      records.word(row, comm),
      records.word(row, comm + 4),
      () => records.comm(row),
    )
  }
}
