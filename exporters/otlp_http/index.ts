import { defineExporter } from '../../src/component/component.ts'
import { otlpHttpConfig } from './config.ts'
import { otlpHttpExporter } from './exporter.ts'

/** Sends over OTLP/HTTP. */
export const otlpHttp = defineExporter({
  type: 'otlp_http',
  aliases: ['otlphttp'],
  summary: 'Sends to an OTLP endpoint over HTTP.',
  stability: 'alpha',
  config: otlpHttpConfig,
  consumes: ['traces', 'metrics', 'logs'],
  create: (settings, config) => otlpHttpExporter(settings, config),
})
