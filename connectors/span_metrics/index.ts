import { defineConnector } from '../../src/component/component.ts'
import { spanMetricsConfig } from './config.ts'
import { SpanMetricsConnector } from './connector.ts'

/** Requests, errors and durations from spans of any kind. */
export const spanMetrics = defineConnector({
  type: 'span_metrics',
  aliases: ['spanmetrics'],
  summary: 'Counts spans, their errors and durations by service, name and attributes.',
  stability: 'alpha',
  config: spanMetricsConfig,
  conversions: [{ from: 'traces', to: 'metrics' }],
  aggregates: true,
  create: (settings, config) => new SpanMetricsConnector(settings, config),
})
