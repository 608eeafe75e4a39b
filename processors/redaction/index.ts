import { defineProcessor } from '../../src/component/component.ts'
import { redactionConfig } from './config.ts'
import { RedactionProcessor } from './processor.ts'

/** Removes attributes that are not allowed, and masks values that are blocked. */
export const redaction = defineProcessor({
  type: 'redaction',
  summary: 'Removes attributes that are not allowed, and masks values that are blocked.',
  stability: 'alpha',
  config: redactionConfig,
  conversions: [
    { from: 'traces', to: 'traces' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  create: (_settings, config) => new RedactionProcessor(config),
})
