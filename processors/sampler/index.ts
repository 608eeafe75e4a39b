import { defineProcessor } from '../../src/component/component.ts'
import { samplerConfig } from './config.ts'
import { SamplerProcessor } from './processor.ts'

/** Keeps a share of all traces, and every error and slow span. */
export const sampler = defineProcessor({
  type: 'sampler',
  summary: 'Keeps a share of all traces, and every error and slow span.',
  stability: 'alpha',
  config: samplerConfig,
  conversions: [{ from: 'traces', to: 'traces' }],
  create: (settings, config) => new SamplerProcessor(settings, config),
})
