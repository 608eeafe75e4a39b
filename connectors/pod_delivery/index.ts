import { defineConnector } from '../../src/component/component.ts'
import { podDeliveryConfig } from './config.ts'
import { PodDeliveryConnector } from './connector.ts'

/** What became of pods, from what the API server writes of them. */
export const podDelivery = defineConnector({
  type: 'pod_delivery',
  summary:
    'Follows how pods are brought up and taken down, from audit logs or watched objects: traces, verdicts and why.',
  stability: 'alpha',
  config: podDeliveryConfig,
  conversions: [
    { from: 'logs', to: 'traces' },
    { from: 'logs', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  aggregates: true,
  create: (settings, config) => new PodDeliveryConnector(settings, config),
})
