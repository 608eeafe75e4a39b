import { defineReceiver } from '../../src/component/component.ts'
import { otlpFileConfig } from './config.ts'
import { OtlpFileReceiver } from './receiver.ts'

/** Reads files of OTLP/JSON. */
export const otlpFile = defineReceiver({
  type: 'otlp_file',
  aliases: ['otlp_json_file', 'otlpjsonfile'],
  summary: 'Reads files of OTLP/JSON lines, as the file exporter writes them.',
  stability: 'alpha',
  config: otlpFileConfig,
  produces: ['traces', 'metrics', 'logs'],
  create: (settings, config) => new OtlpFileReceiver(settings, config),
})
