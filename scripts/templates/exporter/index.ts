import { defineExporter } from '../../src/component/component.ts'
import { templateNameConfig } from './config.ts'
import { TemplateNameExporter } from './exporter.ts'

/** Takes every batch and keeps nothing. */
export const templateName = defineExporter({
  type: 'template_name',
  summary: 'Takes every batch and keeps nothing.',
  stability: 'development',
  config: templateNameConfig,
  consumes: ['traces'],
  create: (settings, config) => new TemplateNameExporter(settings, config),
})
