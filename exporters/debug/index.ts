import { defineExporter } from '../../src/component/component.ts'
import { debugConfig } from './config.ts'
import { DebugExporter } from './exporter.ts'

/** Prints what a pipeline carries to standard output. */
export const debug = defineExporter({
  type: 'debug',
  summary: 'Prints what a pipeline carries to standard output, for people.',
  stability: 'alpha',
  config: debugConfig,
  consumes: ['traces', 'metrics', 'logs'],
  create: (settings, config) => new DebugExporter(settings, config),
})
