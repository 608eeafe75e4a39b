import { defineReceiver } from '../../src/component/component.ts'
import { otlpConfig } from './config.ts'
import { OtlpReceiver } from './receiver.ts'

/** Takes OTLP from SDKs, agents and Collectors. */
export const otlp = defineReceiver({
  type: 'otlp',
  summary: 'Takes traces, metrics and logs over OTLP/gRPC and OTLP/HTTP.',
  stability: 'alpha',
  config: otlpConfig,
  produces: ['traces', 'metrics', 'logs'],
  create: (settings, config) => new OtlpReceiver(settings, config),
})
