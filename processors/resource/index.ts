import { defineProcessor } from '../../src/component/component.ts'
import { resourceConfig } from './config.ts'
import { ResourceProcessor } from './processor.ts'

/** Sets, removes, hashes and converts attributes of resources. */
export const resource = defineProcessor({
  type: 'resource',
  summary: 'Sets, removes, hashes and converts attributes of resources.',
  stability: 'alpha',
  config: resourceConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (_settings, config) => new ResourceProcessor(config),
})
