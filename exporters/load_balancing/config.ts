import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { otlpGrpcOptions } from '../../src/helpers/otlp_grpc/config.ts'
import { parseTarget } from '../../src/helpers/otlp_grpc/target.ts'
import { withPort } from './endpoint_names.ts'

/*
 * Keys and defaults of the Collector's load balancing exporter
 * (opentelemetry-collector-contrib/exporter/loadbalancingexporter), and two of our own: lost_after and
 * probe_interval.
 */

const hostname = z
  .string()
  .refine((name) => parseTarget(withPort(name)) !== undefined, {
    error: 'expected a host, with or without a port, such as "gateway-1:4317"',
  })
  .describe('An endpoint; without a port it is 4317.')

const staticResolver = z
  .strictObject({
    hostnames: z.array(hostname).min(1).describe('The endpoints, in any order.'),
  })
  .optional()
  .describe('A list that stays as it is.')

const dnsResolver = z
  .strictObject({
    hostname: z.string().min(1).describe('The name whose addresses are the endpoints.'),
    port: z
      .union([z.string().regex(/^\d{1,5}$/, 'expected a port'), z.int().min(1).max(65_535)])
      .optional()
      .describe('Their port; 4317 if unset.'),
    interval: duration({ min: '10ms' }).prefault('5s').describe('How often the name is looked up.'),
    timeout: duration({ min: '1ms' }).prefault('1s').describe('How long a look-up may take.'),
  })
  .optional()
  .describe('A name with several addresses, such as that of a headless service.')

const resolver = z
  .strictObject({ static: staticResolver, dns: dnsResolver })
  .refine((given) => (given.static === undefined) !== (given.dns === undefined), {
    error: 'expected either "static" or "dns"',
  })
  .describe('Where the endpoints come from: one of these.')

const otlp = z
  .strictObject(otlpGrpcOptions)
  .refine(({ sending_queue }) => sending_queue.storage === undefined, {
    path: ['sending_queue', 'storage'],
    error:
      'a storage is not supported here: what waits moves to the others when its endpoint is lost',
  })
  .prefault({})
  .describe(
    'How each endpoint is sent to: the options of `otlp_grpc`, without `endpoint`. Each endpoint has a queue of its own.',
  )

/** `exporters.load_balancing`. Durations are milliseconds. */
export const loadBalancingConfig = z.strictObject({
  routing_key: z
    .enum(['traceID', 'service', 'resource'])
    .optional()
    .describe(
      'What goes to one endpoint: all of a trace, of a service, or of a resource. Unset: the trace, and for metrics the service.',
    ),
  protocol: z.strictObject({ otlp }).prefault({}).describe('How endpoints are sent to.'),
  resolver,
  lost_after: duration()
    .prefault('5s')
    .describe(
      'How long sending to an endpoint may fail before what waits for it goes to the others, and what comes too. 0s: for ever.',
    ),
  probe_interval: duration({ min: '10ms' })
    .prefault('5s')
    .describe('How often an endpoint that failed so long is tried with an empty request.'),
})

/** `exporters.load_balancing`, checked and with defaults. */
export type LoadBalancingConfig = z.output<typeof loadBalancingConfig>
