import { FedConnector } from '../../src/helpers/fed_for_tests.ts'
import { spanMetricsConfig } from './config.ts'
import { SpanMetricsConnector } from './connector.ts'
import { spanMetrics } from './index.ts'

export const CALLS = 'traces.span.metrics.calls'
export const DURATION = 'traces.span.metrics.duration'
export const EVENTS = 'traces.span.metrics.events'

/** The connector with these options, with nothing random. */
export function fed(options: object = {}): FedConnector {
  const config = spanMetricsConfig.parse(options)
  return new FedConnector(
    spanMetrics,
    (settings) => new SpanMetricsConnector(settings, config, undefined, () => 0),
  )
}
