import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED } from '../../src/pdata/delivery.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { TemplateNameConfig } from './config.ts'

/** Takes every batch and keeps nothing. */
export class TemplateNameExporter implements Exporter {
  readonly #settings: Settings
  readonly #config: TemplateNameConfig

  constructor(settings: Settings, config: TemplateNameConfig) {
    this.#settings = settings
    this.#config = config
  }

  async export({ itemCount: items }: Batch): Promise<Outcome> {
    const { counters, log } = this.#settings
    counters.countIn(items)
    if (this.#config.log_batches) log.info({ items }, 'Batch taken.')
    counters.countOut(items)
    return ACCEPTED
  }
}
