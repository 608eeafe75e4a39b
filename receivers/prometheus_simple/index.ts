import { defineReceiver } from '../../src/component/component.ts'
import { prometheusSimpleConfig } from './config.ts'
import { PrometheusSimpleReceiver } from './receiver.ts'

/** Scrapes what serves metrics for Prometheus. */
export const prometheusSimple = defineReceiver({
  type: 'prometheus_simple',
  summary: 'Scrapes metrics from what serves them for Prometheus.',
  stability: 'alpha',
  config: prometheusSimpleConfig,
  produces: ['metrics'],
  create: (settings, config) => new PrometheusSimpleReceiver(settings, config),
})
