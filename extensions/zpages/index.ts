import { defineExtension } from '../../src/component/component.ts'
import { zpagesConfig } from './config.ts'
import { ZpagesExtension } from './extension.ts'

/** Shows in a browser what the agent does just now. */
export const zpages = defineExtension({
  type: 'zpages',
  summary:
    'Shows in a browser what the agent does just now: pipelines, counts, errors, configuration.',
  stability: 'alpha',
  config: zpagesConfig,
  create: (settings, config) => new ZpagesExtension(settings, config),
})
