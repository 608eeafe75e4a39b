import { defineConnector } from '../../src/component/component.ts'
import { templateNameConfig } from './config.ts'
import { TemplateNameConnector } from './connector.ts'

/** Hands every batch of a pipeline on to others. */
export const templateName = defineConnector({
  type: 'template_name',
  summary: 'Hands every batch of a pipeline on to others.',
  stability: 'development',
  config: templateNameConfig,
  conversions: [{ from: 'traces', to: 'traces' }],
  create: (settings, config) => new TemplateNameConnector(settings, config),
})
