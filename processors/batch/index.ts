import { defineProcessor } from '../../src/component/component.ts'
import { batchConfig } from './config.ts'
import { BatchProcessor } from './processor.ts'

/** Makes few large batches out of many small ones. */
export const batch = defineProcessor({
  type: 'batch',
  summary: 'Makes few large batches out of many small ones.',
  stability: 'alpha',
  config: batchConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (settings, config) => new BatchProcessor(settings, config),
})
