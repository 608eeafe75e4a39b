import { z } from 'zod'
import { defineExporter, type ExporterFactory } from '../component/component.ts'
import type { Attributes } from '../pdata/attributes.ts'
import type { Batch } from '../pdata/batch.ts'
import { ACCEPTED } from '../pdata/delivery.ts'
import { Logs, type LogRecord } from '../pdata/logs.ts'
import { Traces, type Span } from '../pdata/traces.ts'

/** A span, and what it says of its resource. */
export interface SinkSpan {
  readonly resource: Attributes
  readonly span: Span
}

/** A log record, and what it says of its resource. */
export interface SinkLog {
  readonly resource: Attributes
  readonly record: LogRecord
}

/** Keeps what a pipeline carries. */
export class ReplaySink {
  readonly spans: SinkSpan[] = []
  readonly logs: SinkLog[] = []

  /** The exporter that fills it. */
  readonly factory: ExporterFactory = defineExporter({
    type: 'replay_sink',
    summary: 'Keeps what a replay makes.',
    stability: 'stable',
    config: z.strictObject({}),
    consumes: ['traces', 'logs'],
    create: () => ({
      export: async (batch) => {
        this.#keep(batch)
        return ACCEPTED
      },
    }),
  })

  #keep(batch: Batch): void {
    if (batch instanceof Traces) {
      for (const { resource, spans } of batch.groups) {
        for (let i = 0; i < spans.length; i++) {
          this.spans.push({ resource: resource.attributes, span: spans.at(i) })
        }
      }
    }
    if (batch instanceof Logs) {
      for (const { resource, logs } of batch.groups) {
        for (let i = 0; i < logs.length; i++) {
          this.logs.push({ resource: resource.attributes, record: logs.at(i) })
        }
      }
    }
  }
}
