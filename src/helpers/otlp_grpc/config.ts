import { z } from 'zod'
import { duration } from '../../config/duration.ts'
import { authConfig } from '../client_auth_config.ts'
import { clientHeaders } from '../headers.ts'
import { retryConfig, sendingQueueConfig, timeoutConfig } from '../sending_config.ts'
import { tlsClientConfig } from '../tls_client_config.ts'
import { grpcEndpoint } from './target.ts'

const keepaliveConfig = z
  .strictObject({
    time: duration()
      .prefault('10s')
      .describe(
        'A connection on which nothing came for this long is tried with a ping. Less than 10s is 10s, 0 is never.',
      ),
    timeout: duration({ min: '1ms' })
      .prefault('10s')
      .describe('A ping without an answer for this long ends the connection.'),
    permit_without_stream: z
      .boolean()
      .default(false)
      .describe('Ping also while no request is under way. Many servers forbid that.'),
  })
  .prefault({})
  .describe('How a connection is found to be dead.')

const bufferSize = z
  .int()
  .min(0)
  .optional()
  .describe('Taken because the Collector has it; Node has buffers of its own.')

/** What an exporter over OTLP/gRPC has beside its endpoint. Durations are milliseconds. */
export const otlpGrpcOptions = {
  tls: tlsClientConfig.describe(
    'Transport security. On unless `insecure`, or the endpoint begins with `http://`.',
  ),
  headers: clientHeaders,
  auth: authConfig,
  compression: z
    .enum(['gzip', 'zstd', 'none', ''])
    .default('gzip')
    .describe('How requests are compressed. A server that does not know zstd gets gzip.'),
  timeout: timeoutConfig,
  max_send_msg_size_mib: z
    .number()
    .positive()
    .max(1024)
    .default(4)
    .describe(
      'Largest request before compression, in MiB; larger batches are split. Not above what the server receives (gRPC: 4).',
    ),
  sending_queue: sendingQueueConfig,
  retry_on_failure: retryConfig,
  keepalive: keepaliveConfig,
  balancer_name: z
    .enum(['round_robin', 'pick_first'])
    .default('round_robin')
    .describe(
      'Which address gets a request when the name has several: each in turn, or the first that works.',
    ),
  wait_for_ready: z
    .boolean()
    .default(false)
    .describe('While there is no connection let an attempt wait for one until its timeout.'),
  authority: z
    .string()
    .min(1)
    .optional()
    .describe('The `:authority` of requests, if it is not the endpoint.'),
  read_buffer_size: bufferSize,
  write_buffer_size: bufferSize,
}

/** `exporters.otlp_grpc`: the keys of the Collector's exporter. */
export const otlpGrpcConfig = z
  .strictObject({
    endpoint: grpcEndpoint().describe(
      'Where to send to: `host:port`, `dns:///host:port`, `unix:///path`. `https://` in front turns TLS on, `http://` turns it off.',
    ),
    ...otlpGrpcOptions,
  })
  .refine(({ endpoint, tls }) => endpoint.tls !== false || !hasCertificates(tls), {
    path: ['endpoint'],
    error: 'expected https:// where tls has certificates',
  })
/** The parsed form of `exporters.otlp_grpc`. */
export type OtlpGrpcConfig = z.infer<typeof otlpGrpcConfig>

function hasCertificates({ ca_file, ca_pem, cert_file, cert_pem }: OtlpGrpcTls): boolean {
  return [ca_file, ca_pem, cert_file, cert_pem].some((given) => given !== undefined)
}

type OtlpGrpcTls = z.infer<typeof tlsClientConfig>
