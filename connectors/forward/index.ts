import { defineConnector } from '../../src/component/component.ts'
import { pipelineKinds } from '../../src/config/index.ts'
import { forwardConfig } from './config.ts'
import { ForwardConnector } from './connector.ts'

/** Hands what reaches the end of a pipeline to other pipelines of its kind. */
export const forward = defineConnector({
  type: 'forward',
  summary: 'Hands what reaches the end of a pipeline to other pipelines of its kind.',
  stability: 'alpha',
  config: forwardConfig,
  conversions: pipelineKinds.map((kind) => ({ from: kind, to: kind })),
  create: () => new ForwardConnector(),
})
