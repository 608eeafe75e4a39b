import { defineProcessor } from '../../src/component/component.ts'
import { templateNameConfig } from './config.ts'
import { TemplateNameProcessor } from './processor.ts'

/** Leaves out batches with few items. */
export const templateName = defineProcessor({
  type: 'template_name',
  summary: 'Leaves out batches with few items.',
  stability: 'development',
  config: templateNameConfig,
  conversions: [{ from: 'traces', to: 'traces' }],
  create: (settings, config) => new TemplateNameProcessor(settings, config),
})
