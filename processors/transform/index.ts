import { defineProcessor } from '../../src/component/component.ts'
import { pipelineKinds } from '../../src/config/index.ts'
import { transformConfig } from './config.ts'
import { TransformProcessor } from './processor.ts'

/** Changes resources, scopes, spans, span events, metrics, data points and log records by statements. */
export const transform = defineProcessor({
  type: 'transform',
  summary: 'Changes resources, scopes, spans, metrics and log records by statements.',
  stability: 'alpha',
  config: transformConfig,
  conversions: pipelineKinds.map((kind) => ({ from: kind, to: kind })),
  create: (settings, config) => new TransformProcessor(settings, config),
})
