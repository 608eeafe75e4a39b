import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'
import { endpoint } from '../../src/config/endpoint.ts'
import { headers } from '../../src/config/secret.ts'
import { retryConfig, sendingQueueConfig, timeoutConfig } from '../../src/helpers/sending_config.ts'

const path = z.string().min(1).optional()

const tlsConfig = z
  .strictObject({
    insecure: z.boolean().default(false).describe('Connect without TLS.'),
    insecure_skip_verify: z
      .boolean()
      .default(false)
      .describe("Take any certificate of the server's, whoever signed it and for whatever name."),
    ca_file: path.describe(
      "PEM file of the authorities that may sign the server's certificate; the system's if not given.",
    ),
    cert_file: path.describe("PEM file of the client's certificate (mTLS), with key_file."),
    key_file: path.describe("PEM file of the client's private key (mTLS), with cert_file."),
    server_name_override: path.describe(
      "The name that the server's certificate must have, and that requests are sent to.",
    ),
    min_version: z.enum(['1.2', '1.3']).default('1.2').describe('The oldest TLS to speak.'),
  })
  .refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
    path: ['cert_file'],
    error: 'expected cert_file and key_file together',
  })
  .prefault({})
  .describe('Transport security. On unless `insecure`, or the endpoint begins with `http://`.')
/** The parsed form of `tls`. */
export type TlsConfig = z.infer<typeof tlsConfig>

const keepaliveConfig = z
  .strictObject({
    time: duration({ min: '10s' })
      .prefault('10s')
      .describe('A connection on which nothing came for this long is tried with a ping.'),
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

/** `exporters.otlp_grpc`: the keys of the Collector's exporter. Durations are milliseconds. */
export const otlpGrpcConfig = z
  .strictObject({
    endpoint: endpoint().describe(
      'Where to send to: host:port. `https://` in front turns TLS on, `http://` turns it off.',
    ),
    tls: tlsConfig,
    headers: headers()
      .default({})
      .describe('Sent with every request: `authorization: Bearer ${env:TOKEN}`.'),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('How requests are compressed.'),
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
    authority: path.describe('The `:authority` of requests, if it is not the endpoint.'),
  })
  .refine(({ endpoint: { scheme }, tls }) => scheme !== 'http' || !(tls.ca_file || tls.cert_file), {
    path: ['endpoint'],
    error: 'expected https:// where tls has ca_file or cert_file',
  })
/** The parsed form of `exporters.otlp_grpc`. */
export type OtlpGrpcConfig = z.infer<typeof otlpGrpcConfig>
