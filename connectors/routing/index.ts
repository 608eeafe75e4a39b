import { defineConnector } from '../../src/component/component.ts'
import { pipelineKinds } from '../../src/config/index.ts'
import { routingConfig } from './config.ts'
import { RoutingConnector } from './connector.ts'
import { destinationsIn } from './destinations.ts'

/** Sends data to one pipeline or another, by conditions. */
export const routing = defineConnector({
  type: 'routing',
  summary: 'Sends data to one pipeline or another, by conditions on what they are.',
  stability: 'alpha',
  config: routingConfig,
  conversions: pipelineKinds.map((kind) => ({ from: kind, to: kind })),
  destinations: destinationsIn,
  create: (settings, config) => new RoutingConnector(settings, config),
})
