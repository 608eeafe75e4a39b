import { defineProcessor } from '../../src/component/component.ts'
import { tailSamplingConfig } from './config.ts'
import { TailSamplingProcessor } from './processor.ts'

/** Holds traces until their spans are there, and hands on those that policies choose. */
export const tailSampling = defineProcessor({
  type: 'tail_sampling',
  summary: 'Holds traces until their spans are there, and hands on those that policies choose.',
  stability: 'alpha',
  config: tailSamplingConfig,
  conversions: [{ from: 'traces', to: 'traces' }],
  create: (settings, config) => new TailSamplingProcessor(settings, config),
})
