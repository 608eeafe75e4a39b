import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { authConfig } from '../../src/helpers/client_auth_config.ts'
import { clientHeaders } from '../../src/helpers/headers.ts'
import { retryConfig, sendingQueueConfig } from '../../src/helpers/sending_config.ts'
import { tlsClientConfig } from '../../src/helpers/tls_client_config.ts'
import { httpUrl } from '../../src/helpers/http_url.ts'

const own = (signal: string) =>
  httpUrl().optional().describe(`The whole URL for ${signal}, instead of the one below endpoint.`)

const bufferSize = z
  .int()
  .min(0)
  .optional()
  .describe('Taken because the Collector has it; Node has buffers of its own.')

/** The levels of each codec; Go's -1 means its default. */
const LEVELS = { gzip: [-1, 9], deflate: [-1, 9], zlib: [-1, 9], zstd: [1, 19] } as const

const compressionParams = z
  .strictObject({
    level: z
      .int()
      .optional()
      .describe(
        'gzip, zlib and deflate: 1 (fast) to 9 (small), 0 for none, -1 for 6; zstd: 1 to 19.',
      ),
  })
  .prefault({})
  .describe('How hard compression tries. If not given, fast.')

/** `exporters.otlp_http`: the keys of the Collector's exporter. Durations are milliseconds. */
export const otlpHttpConfig = z
  .strictObject({
    endpoint: httpUrl()
      .optional()
      .describe(
        'Where to send to: `https://host:port`. `/v1/traces`, `/v1/metrics` and `/v1/logs` are put behind it.',
      ),
    traces_endpoint: own('traces'),
    metrics_endpoint: own('metrics'),
    logs_endpoint: own('logs'),
    encoding: z.enum(['proto', 'json']).default('proto').describe('How requests are written.'),
    tls: tlsClientConfig.describe('Transport security, for URLs that begin with `https://`.'),
    headers: clientHeaders,
    auth: authConfig,
    compression: z
      .enum(['gzip', 'zstd', 'deflate', 'zlib', 'none', ''])
      .default('gzip')
      .describe('How requests are compressed. A server that does not know it gets gzip or none.'),
    compression_params: compressionParams,
    timeout: duration({ min: '1ms' })
      .prefault('30s')
      .describe('How long one attempt to send may take.'),
    max_request_size_mib: z
      .number()
      .positive()
      .max(1024)
      .default(4)
      .describe('Largest request before compression, in MiB; larger batches are split.'),
    sending_queue: sendingQueueConfig,
    retry_on_failure: retryConfig,
    proxy_url: httpUrl()
      .optional()
      .describe('The proxy to use; `http_proxy`, `https_proxy` and `no_proxy` if not given.'),
    max_idle_conns: z
      .int()
      .min(0)
      .default(100)
      .describe('How many connections without a request stay open. 0: no limit.'),
    max_idle_conns_per_host: z.int().min(0).default(0).describe('The same for each host.'),
    max_conns_per_host: z
      .int()
      .min(0)
      .default(0)
      .describe('How many connections to a host there may be; other requests wait. 0: no limit.'),
    idle_conn_timeout: duration()
      .prefault('90s')
      .describe('A connection without a request is closed after this long. 0: never.'),
    disable_keep_alives: z.boolean().default(false).describe('Make a connection for each request.'),
    read_buffer_size: bufferSize,
    write_buffer_size: bufferSize,
  })
  .superRefine((config, context) => {
    for (const [path, message] of faultsOf(config)) {
      context.addIssue({ code: 'custom', path, message })
    }
  })
/** The parsed form of `exporters.otlp_http`. */
export type OtlpHttpConfig = z.infer<typeof otlpHttpConfig>

type Fault = readonly [path: string[], message: string]

function faultsOf({
  endpoint,
  traces_endpoint,
  metrics_endpoint,
  logs_endpoint,
  compression,
  compression_params: { level },
}: OtlpHttpConfig): Fault[] {
  const urls = [endpoint, traces_endpoint, metrics_endpoint, logs_endpoint]
  const faults: Fault[] = []
  if (urls.every((url) => url === undefined)) {
    faults.push([['endpoint'], 'expected a URL here or in one of the endpoints of the signals'])
  }
  if (compression === 'none' || compression === '' || level === undefined) return faults
  const [least, most] = LEVELS[compression]
  if (level >= least && level <= most) return faults
  const message = `expected a level of ${compression}, from ${least} to ${most}`
  return [...faults, [['compression_params', 'level'], message]]
}
