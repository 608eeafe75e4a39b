import { defineProcessor } from '../../src/component/component.ts'
import { attributesConfig } from './config.ts'
import { AttributesProcessor } from './processor.ts'

/** Sets, removes, hashes and converts attributes of spans, data points and log records. */
export const attributes = defineProcessor({
  type: 'attributes',
  summary: 'Sets, removes, hashes and converts attributes of spans, data points and log records.',
  stability: 'alpha',
  config: attributesConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (settings, config) => new AttributesProcessor(settings, config),
})
