import { z } from 'zod'
import { duration, listenEndpoint } from '../../src/config/index.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'

const DEFAULT_ENDPOINT = 'localhost:13133'

function urlPath(path: string): z.ZodDefault<z.ZodString> {
  return z.string().startsWith('/', { error: 'expected a path that begins with "/"' }).default(path)
}

const componentHealth = z
  .strictObject({
    include_permanent_errors: z
      .boolean()
      .default(false)
      .describe('A permanent error of a component makes the agent unhealthy.'),
    include_recoverable_errors: z
      .boolean()
      .default(false)
      .describe(
        'An error that may pass makes the agent unhealthy once it has lasted for recovery_duration.',
      ),
    recovery_duration: duration()
      .prefault('1m')
      .describe('How long a component may fail before it counts, with include_recoverable_errors.'),
  })
  .prefault({})
  .describe('Which errors of components make the agent unhealthy. What fails is told in any case.')

const checkCollectorPipeline = z
  .strictObject({
    enabled: z.boolean().default(false).describe('A failing exporter makes the agent unhealthy.'),
    interval: duration({ min: '1s' })
      .prefault('5m')
      .describe('After so long an exporter that fails counts, however seldom it was tried.'),
    exporter_failure_threshold: z
      .int()
      .min(1)
      .default(5)
      .describe('After so many failures since it last worked it counts, too.'),
  })
  .prefault({})
  .describe('The older way to have failing exporters count.')

const httpConfig = z
  .strictObject({
    endpoint: listenEndpoint().prefault(DEFAULT_ENDPOINT).describe('Where to listen.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    status: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether the status is served.'),
        path: urlPath('/status').describe('The path of the status.'),
      })
      .prefault({})
      .describe('The status.'),
    config: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Whether the configuration is served.'),
        path: urlPath('/config').describe('The path of the configuration.'),
      })
      .prefault({})
      .describe('The configuration that runs, without its secrets.'),
  })
  .describe('With use_v2: where and what to serve, instead of endpoint, tls and path.')

/** `extensions.health_check`: the keys of the Collector's, and of its second version. Durations are milliseconds. */
export const healthCheckConfig = z
  .strictObject({
    endpoint: listenEndpoint().prefault(DEFAULT_ENDPOINT).describe('Where to listen.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    path: urlPath('/').describe('The path of the health. With "/" every path but those below.'),
    response_body: z
      .strictObject({
        healthy: z.string().default('').describe('The body while the agent is healthy.'),
        unhealthy: z.string().default('').describe('The body while it is not.'),
      })
      .optional()
      .describe('Bodies instead of the JSON. An empty one is the JSON.'),
    component_health: componentHealth,
    check_collector_pipeline: checkCollectorPipeline,
    use_v2: z
      .boolean()
      .default(false)
      .describe("Answer in the form of the Collector's second version, where `http` says."),
    http: httpConfig.optional(),
    grpc: z
      .unknown()
      .refine((value) => value === undefined || value === null, {
        error: 'not built: the health is served over HTTP only',
      })
      .optional()
      .describe('Not built.'),
  })
  .refine(({ use_v2, http }) => use_v2 || http === undefined, {
    path: ['http'],
    error: 'expected use_v2: true where http is given',
  })

/** `extensions.health_check`, checked and with defaults. */
export type HealthCheckConfig = z.output<typeof healthCheckConfig>
