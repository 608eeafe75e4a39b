import { defineExporter } from '../../src/component/component.ts'
import { loadBalancingConfig } from './config.ts'
import { LoadBalancingExporter } from './exporter.ts'

/** Sends what belongs together, such as a trace, to one of several endpoints. */
export const loadBalancing = defineExporter({
  type: 'load_balancing',
  aliases: ['loadbalancing'],
  summary: 'Sends what belongs together, such as a trace, to one of several OTLP endpoints.',
  stability: 'alpha',
  config: loadBalancingConfig,
  consumes: ['traces', 'metrics', 'logs'],
  create: (settings, config) => new LoadBalancingExporter(settings, config),
})
