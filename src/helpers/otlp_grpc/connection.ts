import { Client, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import type { Encoding } from '../compression.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { metadataOf } from './metadata.ts'
import { precompressed } from './precompressed.ts'

/** One call. */
export interface Call {
  /** The method. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** How `body` is written. */
  readonly encoding: Encoding
  /** Milliseconds since 1970. */
  readonly deadline: number
  /** Ends the call. */
  readonly signal: AbortSignal
}

/** How a call ended. */
export interface CallResult {
  /** The message of a server that took the request. */
  readonly answer: Buffer
  readonly error?: ServiceError
  /** False when the message's frame could not be marked as compressed although it is. */
  readonly framed: boolean
}

const asIs = (bytes: Buffer): Buffer => bytes
const none = Buffer.alloc(0)

/** One channel to the endpoint, and the unary calls on it. Connects at the first call. */
export class GrpcConnection {
  readonly #client: Client
  readonly #waitForReady: boolean

  constructor(config: OtlpGrpcConfig, credentials: ChannelCredentials, version: string) {
    this.#client = new Client(config.endpoint.target, credentials, channelOptions(config, version))
    this.#waitForReady = config.wait_for_ready
  }

  /** Makes one call. Never rejects. */
  call({ path, headers, body, encoding, deadline, signal }: Call): Promise<CallResult> {
    const metadata = metadataOf(headers, encoding, { waitForReady: this.#waitForReady })
    const isPlain = encoding === 'identity'
    const { message, framed } = isPlain
      ? { message: body, framed: () => true }
      : precompressed(body)
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, answer: Buffer = none): void => {
        signal.removeEventListener('abort', cancel)
        resolve({ answer, framed: framed(), ...(error && { error }) })
      }
      const options = { deadline }
      const call = this.#client.makeUnaryRequest(path, asIs, asIs, message, metadata, options, done)
      const cancel = (): void => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
    })
  }

  /** Ends the connection. */
  close(): void {
    this.#client.close()
  }
}

/** Go's gRPC does not ping more often, whatever it is told. */
const LEAST_PING_MS = 10_000

/** How gRPC has `keepalive.time`; -1 is never. */
export function pingAfterMs(time: number): number {
  return time === 0 ? -1 : Math.max(time, LEAST_PING_MS)
}

function channelOptions(config: OtlpGrpcConfig, version: string): ChannelOptions {
  const { keepalive, tls, retry_on_failure, balancer_name } = config
  const authority = config.authority ?? tls.server_name_override
  return {
    'grpc.primary_user_agent': `waggle/${version}`,
    'grpc.keepalive_time_ms': pingAfterMs(keepalive.time),
    'grpc.keepalive_timeout_ms': keepalive.timeout,
    'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
    // A server that comes back is noticed by the next retry, not up to two minutes later.
    'grpc.initial_reconnect_backoff_ms': Math.min(1000, retry_on_failure.initial_interval),
    'grpc.max_reconnect_backoff_ms': retry_on_failure.initial_interval,
    // When all addresses of a name are replaced at once, the new ones are found within this time.
    'grpc.dns_min_time_between_resolutions_ms': 5_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [balancer_name]: {} }] }),
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_send_message_length': -1,
    // Connections of two exporters are two connections: one may be stopped, or have other keepalives.
    'grpc.use_local_subchannel_pool': 1,
    ...(authority !== undefined && { 'grpc.default_authority': authority }),
    ...(tls.server_name_override !== undefined && {
      'grpc.ssl_target_name_override': tls.server_name_override,
    }),
  }
}
