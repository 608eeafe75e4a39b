import { defineExporter } from '../../src/component/component.ts'
import { fileConfig } from './config.ts'
import { FileExporter } from './exporter.ts'

/** Writes OTLP to files. */
export const file = defineExporter({
  type: 'file',
  summary: 'Writes OTLP, as lines of JSON or as protobuf, to a file.',
  stability: 'alpha',
  config: fileConfig,
  consumes: ['traces', 'metrics', 'logs'],
  create: (settings, config) => new FileExporter(settings, config),
})
