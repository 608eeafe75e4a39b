import { defineExporter } from '../../src/component/component.ts'
import { otlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { otlpGrpcExporter } from './exporter.ts'

/** Sends over OTLP/gRPC. */
export const otlpGrpc = defineExporter({
  type: 'otlp_grpc',
  aliases: ['otlp'],
  summary: 'Sends to an OTLP endpoint over gRPC.',
  stability: 'alpha',
  config: otlpGrpcConfig,
  consumes: ['traces', 'metrics', 'logs'],
  create: (settings, config) => otlpGrpcExporter(settings, config),
})
