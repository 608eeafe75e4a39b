import { defineExporter } from '../../src/component/component.ts'
import { prometheusRemoteWriteConfig } from './config.ts'
import { PrometheusRemoteWriteExporter } from './exporter.ts'

/** Writes to Prometheus and whoever speaks its protocol. */
export const prometheusRemoteWrite = defineExporter({
  type: 'prometheus_remote_write',
  aliases: ['prometheusremotewrite'],
  summary: 'Writes metrics to Prometheus, Mimir, VictoriaMetrics and others by Remote Write.',
  stability: 'alpha',
  config: prometheusRemoteWriteConfig,
  consumes: ['metrics'],
  create: (settings, config) => new PrometheusRemoteWriteExporter(settings, config),
})
