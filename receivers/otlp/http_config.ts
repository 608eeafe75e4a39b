import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { clientHeaders } from '../../src/helpers/headers.ts'
import { serverAuthConfig } from '../../src/helpers/server_auth_config.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'
import { addressFault, listenAddress, TRANSPORTS } from '../../src/helpers/http_server/address.ts'
import { CONTENT_CODINGS } from '../../src/helpers/http_server/inflate.ts'

const MIB = 1024 * 1024

const corsConfig = z
  .strictObject({
    allowed_origins: z
      .array(z.string())
      .default([])
      .describe(
        'Origins whose pages may send here: `https://app.example.com`, `https://*.example.com`, or `*` for all.',
      ),
    allowed_headers: z
      .array(z.string())
      .default([])
      .describe(
        'Headers that such requests may have beside Accept, Accept-Language, Content-Type and Content-Language; X-Requested-With if none is named, `*` for any.',
      ),
    max_age: z
      .int()
      .nonnegative()
      .default(0)
      .describe('How many seconds a browser may remember the answer. 0: its own default.'),
  })
  .optional()
  .describe('Lets browsers send from pages of other origins. Off unless origins are named.')

function urlPath(path: string): z.ZodDefault<z.ZodString> {
  return z
    .string()
    .overwrite((text) => (text.startsWith('/') ? text : `/${text}`))
    .default(path)
}

/** `protocols.http`: the keys of the Collector's confighttp.ServerConfig. Durations are milliseconds. */
export const httpConfig = z
  .strictObject({
    endpoint: listenAddress()
      .prefault('localhost:4318')
      .describe(
        'Where to listen: host:port; `:4318` is every address of the machine. With transport unix the path of a socket.',
      ),
    transport: z.enum(TRANSPORTS).default('tcp').describe('What is listened on.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    auth: serverAuthConfig,
    traces_url_path: urlPath('/v1/traces').describe('Where traces are sent to.'),
    metrics_url_path: urlPath('/v1/metrics').describe('Where metrics are sent to.'),
    logs_url_path: urlPath('/v1/logs').describe('Where logs are sent to.'),
    cors: corsConfig,
    max_request_body_size: z
      .int()
      .nonnegative()
      .default(20 * MIB)
      .transform((bytes) => (bytes === 0 ? 20 * MIB : bytes))
      .describe('Largest body, compressed and not, in bytes.'),
    compression_algorithms: z
      .array(z.enum(CONTENT_CODINGS))
      .default([...CONTENT_CODINGS])
      .describe('What bodies may be compressed with; the empty text is no compression.'),
    response_headers: clientHeaders.describe('Added to every response.'),
    read_timeout: duration()
      .prefault('5m')
      .describe('How long a whole request may take to come in. 0: as long as it takes.'),
    read_header_timeout: duration()
      .prefault('1m')
      .describe(
        'How long its headers may take, and the first of a new connection. 0: read_timeout.',
      ),
    write_timeout: duration()
      .prefault('0s')
      .describe('How long after its headers a request must be answered. 0: as long as it takes.'),
    idle_timeout: duration()
      .prefault('0s')
      .describe('A connection without requests for this long is closed. 0: never.'),
    keep_alives_enabled: z
      .boolean()
      .default(true)
      .describe('Whether a connection may carry more than one request.'),
    include_metadata: z
      .boolean()
      .default(false)
      .describe(
        'Keep the headers of requests for components that look at them: `routing`, `headers_setter`.',
      ),
  })
  .superRefine(({ endpoint, transport }, context) => {
    const message = addressFault(endpoint, transport)
    if (message) context.addIssue({ code: 'custom', path: ['endpoint'], message })
  })
/** The parsed form of `protocols.http`. */
export type HttpConfig = z.output<typeof httpConfig>
