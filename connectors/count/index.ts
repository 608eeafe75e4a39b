import { defineConnector } from '../../src/component/component.ts'
import { pipelineKinds } from '../../src/config/index.ts'
import { countConfig } from './config.ts'
import { CountConnector } from './connector.ts'

/** Counts spans, span events, metrics, data points and log records. */
export const count = defineConnector({
  type: 'count',
  summary: 'Counts spans, span events, metrics, data points and log records.',
  stability: 'alpha',
  config: countConfig,
  conversions: pipelineKinds.map((kind) => ({ from: kind, to: 'metrics' })),
  aggregates: true,
  create: (settings, config) => new CountConnector(settings, config),
})
