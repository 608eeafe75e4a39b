import { Client, Metadata, status, type ServiceError } from '@grpc/grpc-js'
import { compressionAlgorithms, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js'
import { formatEndpoint } from '../../src/config/endpoint.ts'
import type { Attempt, SendResult } from '../../src/helpers/send_result.ts'
import { readFailure, readResponse } from './answer.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { gunzipBody, isGzip } from './gzip.ts'
import { precompressed, withoutCompression } from './precompressed.ts'

const asIs = (bytes: Buffer): Buffer => bytes

/** One channel to the endpoint, and the unary calls on it. Connects at the first call. */
export class OtlpClient {
  readonly #client: Client
  readonly #metadata: Metadata
  /** Whether the server reads what we compressed ourselves; otherwise grpc-js does it. */
  #ownCompression = true

  constructor(config: OtlpGrpcConfig, credentials: ChannelCredentials, version: string) {
    const { host, port } = config.endpoint
    this.#client = new Client(
      formatEndpoint({ host, port }),
      credentials,
      channelOptions(config, version),
    )
    this.#metadata = metadataOf(config)
  }

  /** Makes one call of the method `path`. Never rejects. */
  async send(path: string, body: Buffer, attempt: Attempt): Promise<SendResult> {
    if (!isGzip(body)) return toResult(await this.#call(path, body, attempt, isPlain))
    if (!this.#ownCompression) {
      return toResult(await this.#call(path, await gunzipBody(body), attempt, {}))
    }
    const { message, framed } = precompressed(body)
    const outcome = await this.#call(path, message, attempt, isPlain)
    if (!isUnread(outcome, framed())) return toResult(outcome)
    this.#ownCompression = false
    return { kind: 'retry', reason: 'compression not understood', afterMs: 0 }
  }

  /** Ends the connection; calls that are under way end as cancelled. */
  close(): void {
    this.#client.close()
  }

  #call(path: string, message: Buffer, attempt: Attempt, options: object): Promise<Outcome> {
    const { timeoutMs, signal } = attempt
    const deadline = Date.now() + timeoutMs
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, answer?: Buffer): void => {
        signal.removeEventListener('abort', cancel)
        resolve(error ? { error } : { answer: answer ?? Buffer.alloc(0) })
      }
      const metadata = this.#metadata.clone()
      const calling = { ...options, deadline }
      const call = this.#client.makeUnaryRequest(path, asIs, asIs, message, metadata, calling, done)
      const cancel = (): void => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
    })
  }
}

type Outcome = { readonly error: ServiceError } | { readonly answer: Buffer }

const isPlain = { interceptors: [withoutCompression] }

function toResult(outcome: Outcome): SendResult {
  if ('answer' in outcome) return readResponse(outcome.answer)
  const { code, details, metadata } = outcome.error
  const trailer = metadata?.get('grpc-status-details-bin')[0]
  return readFailure(code, details, Buffer.isBuffer(trailer) ? trailer : undefined)
}

/** True when the server may have failed for our way of compressing: it knows no gzip, or no mark was set. */
function isUnread(outcome: Outcome, framed: boolean): boolean {
  if ('answer' in outcome) return false
  const { code } = outcome.error
  if (code === status.UNIMPLEMENTED || code === status.INTERNAL) return true
  return !framed && toResult(outcome).kind === 'rejected'
}

function channelOptions(config: OtlpGrpcConfig, version: string): ChannelOptions {
  const { keepalive, tls, retry_on_failure, compression, balancer_name } = config
  const authority = config.authority ?? tls.server_name_override
  return {
    'grpc.primary_user_agent': `waggle/${version}`,
    'grpc.keepalive_time_ms': keepalive.time,
    'grpc.keepalive_timeout_ms': keepalive.timeout,
    'grpc.keepalive_permit_without_calls': keepalive.permit_without_stream ? 1 : 0,
    // A server that comes back is noticed by the next retry, not up to two minutes later.
    'grpc.initial_reconnect_backoff_ms': Math.min(1000, retry_on_failure.initial_interval),
    'grpc.max_reconnect_backoff_ms': retry_on_failure.initial_interval,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [balancer_name]: {} }] }),
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_send_message_length': -1,
    // Connections of two exporters are two connections: one may be stopped, or have other keepalives.
    'grpc.use_local_subchannel_pool': 1,
    ...(compression === 'gzip' && {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    }),
    ...(authority !== undefined && { 'grpc.default_authority': authority }),
    ...(tls.server_name_override !== undefined && {
      'grpc.ssl_target_name_override': tls.server_name_override,
    }),
  }
}

function metadataOf({ headers }: OtlpGrpcConfig): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) {
    const text = value.reveal()
    metadata.set(name, name.endsWith('-bin') ? Buffer.from(text) : text)
  }
  return metadata
}
