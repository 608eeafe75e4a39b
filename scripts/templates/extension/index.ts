import { defineExtension } from '../../src/component/component.ts'
import { templateNameConfig } from './config.ts'
import { TemplateNameExtension } from './extension.ts'

/** Says in the log at a fixed interval that it is alive. */
export const templateName = defineExtension({
  type: 'template_name',
  summary: 'Says in the log at a fixed interval that it is alive.',
  stability: 'development',
  config: templateNameConfig,
  create: (settings, config) => new TemplateNameExtension(settings, config),
})
