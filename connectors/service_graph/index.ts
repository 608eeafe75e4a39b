import { defineConnector } from '../../src/component/component.ts'
import { serviceGraphConfig } from './config.ts'
import { ServiceGraphConnector } from './connector.ts'

/** Who calls whom, from spans of both ends. */
export const serviceGraph = defineConnector({
  type: 'service_graph',
  aliases: ['servicegraph'],
  summary: 'Counts requests between services, their errors and durations at both ends.',
  stability: 'alpha',
  config: serviceGraphConfig,
  conversions: [{ from: 'traces', to: 'metrics' }],
  aggregates: true,
  create: (settings, config) => new ServiceGraphConnector(settings, config),
})
