import { z } from 'zod'
import { listenEndpoint } from '../../src/config/index.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'

/** `extensions.zpages`: the keys of the Collector's. */
export const zpagesConfig = z.strictObject({
  endpoint: listenEndpoint().prefault('localhost:55679').describe('Where to listen.'),
  tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
  expvar: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether the page is there.'),
    })
    .prefault({})
    .describe('The page /debug/expvarz: the figures of the runtime, as JSON.'),
})

/** `extensions.zpages`, checked and with defaults. */
export type ZpagesConfig = z.output<typeof zpagesConfig>
