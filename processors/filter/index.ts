import { defineProcessor } from '../../src/component/component.ts'
import { pipelineKinds } from '../../src/config/index.ts'
import { filterConfig } from './config.ts'
import { FilterProcessor } from './processor.ts'

/** Drops the spans, span events, metrics, data points and log records for which a condition holds. */
export const filter = defineProcessor({
  type: 'filter',
  summary:
    'Drops the spans, span events, metrics, data points and log records for which a condition holds.',
  stability: 'alpha',
  config: filterConfig,
  conversions: pipelineKinds.map((kind) => ({ from: kind, to: kind })),
  create: (settings, config) => new FilterProcessor(settings, config),
})
