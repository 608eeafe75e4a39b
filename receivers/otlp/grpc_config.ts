import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { serverAuthConfig } from '../../src/helpers/server_auth_config.ts'
import { tlsServerConfig } from '../../src/helpers/tls_server_config.ts'
import { addressFault, listenAddress, TRANSPORTS } from '../../src/helpers/http_server/address.ts'

const never = '0s'

const serverParameters = z
  .strictObject({
    max_connection_idle: duration()
      .prefault(never)
      .describe('A connection without requests for this long is closed. 0: never.'),
    max_connection_age: duration()
      .prefault(never)
      .describe(
        'A connection this old is closed in an orderly way, give or take a tenth, so that clients spread anew over several servers. 0: never.',
      ),
    max_connection_age_grace: duration()
      .prefault(never)
      .describe('How long its last requests have then. 0: as long as they take.'),
    time: duration()
      .prefault('2h')
      .describe('How often a connection is tried with a ping. 0: never.'),
    timeout: duration({ min: '1ms' })
      .prefault('20s')
      .describe('A ping without an answer for this long ends the connection.'),
  })
  .prefault({})
  .describe('How the server looks after its connections.')

const enforcementPolicy = z
  .strictObject({
    min_time: duration().prefault('5m').describe('How often a client may ping.'),
    permit_without_stream: z
      .boolean()
      .default(false)
      .describe('Whether it may ping while it has no request under way.'),
  })
  .optional()
  .describe(
    'Closes connections whose clients ping too often ("too_many_pings"). Unlike the Collector, without this no client is closed for its pings.',
  )

/** `protocols.grpc`: the keys of the Collector's configgrpc.ServerConfig. Durations are milliseconds. */
export const grpcConfig = z
  .strictObject({
    endpoint: listenAddress()
      .prefault('localhost:4317')
      .describe(
        'Where to listen: host:port; `:4317` is every address of the machine. With transport unix the path of a socket.',
      ),
    transport: z.enum(TRANSPORTS).default('tcp').describe('What is listened on.'),
    tls: tlsServerConfig.optional().describe('Transport security. Off unless it is named.'),
    auth: serverAuthConfig,
    max_recv_msg_size_mib: z
      .number()
      .nonnegative()
      .max(1024)
      .default(64)
      .transform((mib) => (mib === 0 ? 64 : mib))
      .describe(
        'Largest request, compressed and not, in MiB. The Collector takes 4 unless told otherwise, which is where clients with large batches lose data.',
      ),
    max_concurrent_streams: z
      .int()
      .nonnegative()
      .default(256)
      .describe('Requests that one connection may have under way; others wait. 0: no limit.'),
    keepalive: z
      .strictObject({
        server_parameters: serverParameters,
        enforcement_policy: enforcementPolicy,
      })
      .prefault({})
      .describe('How dead and busy connections are dealt with.'),
    read_buffer_size: z
      .int()
      .nonnegative()
      .default(524_288)
      .describe('Taken for compatibility: Node sizes its own buffers.'),
    write_buffer_size: z
      .int()
      .nonnegative()
      .default(0)
      .describe('Taken for compatibility: Node sizes its own buffers.'),
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
/** The parsed form of `protocols.grpc`. */
export type GrpcConfig = z.output<typeof grpcConfig>
