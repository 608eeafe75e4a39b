import { defineProcessor } from '../../src/component/component.ts'
import { protocolInferenceConfig } from './config.ts'
import { ProtocolInferenceProcessor } from './processor.ts'

/** Spans from what the kernel saw. */
export const protocolInference = defineProcessor({
  type: 'protocol_inference',
  summary: 'Turns what the kernel saw into client and server spans.',
  stability: 'alpha',
  config: protocolInferenceConfig,
  conversions: [
    { from: 'observations', to: 'traces' },
    { from: 'traces', to: 'traces' },
  ],
  create: (settings, config) => new ProtocolInferenceProcessor(settings, config),
})
