import { tap } from 'rxjs'
import type { MonoTypeOperatorFunction } from 'rxjs'
import type { Connector } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { TemplateNameConfig } from './config.ts'

/** Hands every batch on. */
export class TemplateNameConnector implements Connector {
  readonly operator: MonoTypeOperatorFunction<Batch>

  constructor({ log }: Settings, { log_batches: logBatches }: TemplateNameConfig) {
    this.operator = tap(({ itemCount: items }) => {
      if (logBatches) log.info({ items }, 'Batch handed on.')
    })
  }
}
