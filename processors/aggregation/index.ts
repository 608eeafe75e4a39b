import { defineProcessor } from '../../src/component/component.ts'
import { aggregationConfig } from './config.ts'
import { AggregationProcessor } from './processor.ts'

/** Metrics, or log records, out of connections and flows. */
export const aggregation = defineProcessor({
  type: 'aggregation',
  summary: 'Sums connections, flows and DNS lookups up into metrics, or into log records.',
  stability: 'alpha',
  config: aggregationConfig,
  conversions: [
    { from: 'observations', to: 'metrics' },
    { from: 'observations', to: 'logs' },
    { from: 'metrics', to: 'metrics' },
    { from: 'logs', to: 'logs' },
  ],
  aggregates: true,
  create: (settings, config) => new AggregationProcessor(settings, config),
})
