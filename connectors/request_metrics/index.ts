import { defineConnector } from '../../src/component/component.ts'
import { requestMetricsConfig } from './config.ts'
import { RequestMetricsConnector } from './connector.ts'

/** Requests, errors and durations of HTTP from spans. */
export const requestMetrics = defineConnector({
  type: 'request_metrics',
  summary: 'Counts HTTP requests, their errors and durations from spans, before any sampling.',
  stability: 'alpha',
  config: requestMetricsConfig,
  conversions: [{ from: 'traces', to: 'metrics' }],
  aggregates: true,
  create: (settings, config) => new RequestMetricsConnector(settings, config),
})
