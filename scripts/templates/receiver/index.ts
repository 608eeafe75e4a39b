import { defineReceiver } from '../../src/component/component.ts'
import { templateNameConfig } from './config.ts'
import { TemplateNameReceiver } from './receiver.ts'

/** Emits a span at a fixed interval. */
export const templateName = defineReceiver({
  type: 'template_name',
  summary: 'Emits a span at a fixed interval.',
  stability: 'development',
  config: templateNameConfig,
  produces: ['traces'],
  create: (settings, config) => new TemplateNameReceiver(settings, config),
})
