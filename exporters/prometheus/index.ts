import { defineExporter } from '../../src/component/component.ts'
import { prometheusConfig } from './config.ts'
import { PrometheusExporter } from './exporter.ts'

/** Serves metrics for Prometheus. */
export const prometheus = defineExporter({
  type: 'prometheus',
  summary: 'Serves metrics over HTTP for Prometheus to scrape.',
  stability: 'alpha',
  config: prometheusConfig,
  consumes: ['metrics'],
  create: (settings, config) => new PrometheusExporter(settings, config),
})
