import { defineExtension } from '../../src/component/component.ts'
import { headersSetterConfig } from './config.ts'
import { HeadersSetterExtension } from './extension.ts'

/** Sets headers of the requests of exporters. */
export const headersSetter = defineExtension({
  type: 'headers_setter',
  aliases: ['headerssetter'],
  summary: 'Sets headers of requests, also to what the data came in with.',
  stability: 'alpha',
  config: headersSetterConfig,
  create: (settings, config) => new HeadersSetterExtension(settings, config),
})
