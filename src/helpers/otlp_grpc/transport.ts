import type { SecureContext } from 'node:tls'
import { ChannelCredentials, status, type ServiceError } from '@grpc/grpc-js'
import { changedHeaders, clientAuthOf, type ClientAuth } from '../../component/auth.ts'
import { failureOf } from '../auth_failure.ts'
import type { Settings } from '../../component/settings.ts'
import { BodyEncoding, type EncodedAttempt } from '../body_encoding.ts'
import { systemClock, type Clock } from '../clock.ts'
import { plainHeaders } from '../headers.ts'
import { readResponse } from '../otlp_answer.ts'
import type { OtlpTransport } from '../otlp_exporter.ts'
import { OTLP_SERVICES } from '../otlp_signals.ts'
import { Renewable } from '../renewable.ts'
import type { Attempt, SendResult } from '../send_result.ts'
import { ClientCertificates } from '../tls_client_certificates.ts'
import type { Signal } from '../../pdata/otlp_request.ts'
import { readFailure } from './answer.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { GrpcConnection, type Call, type CallResult } from './connection.ts'

/** Carries requests over gRPC. */
export class GrpcTransport implements OtlpTransport {
  readonly #settings: Settings
  readonly #config: OtlpGrpcConfig
  readonly #certificates: ClientCertificates
  readonly #encoding: BodyEncoding
  readonly #headers: Readonly<Record<string, string>>
  #auth: ClientAuth | undefined
  #connection: Renewable<GrpcConnection> | undefined
  #closed = false

  constructor(settings: Settings, config: OtlpGrpcConfig, clock: Clock = systemClock) {
    const { log } = settings
    this.#settings = settings
    this.#config = config
    this.#certificates = new ClientCertificates(config.tls, log, clock)
    const { compression } = config
    const wanted = compression === 'none' || compression === '' ? 'identity' : compression
    this.#encoding = new BodyEncoding({ wanted, log })
    this.#headers = plainHeaders(config.headers)
  }

  async start(): Promise<void> {
    const { auth } = this.#config
    if (auth) this.#auth = clientAuthOf(this.#settings.host, auth.authenticator)
    const first = await this.#credentials()
    if (this.#closed) return
    this.#connection = new Renewable(this.#connect(first), (old) => old.close())
  }

  prepare(_signal: Signal, body: Buffer): Promise<Buffer> {
    return this.#encoding.prepare(body)
  }

  async send(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult> {
    const deadline = Date.now() + attempt.timeoutMs
    const connection = this.#connection
    if (!connection) return { kind: 'retry', reason: 'not started' }
    const headers = await this.#headersFor(attempt)
    if (headers instanceof Error) return failureOf(headers)
    const path = OTLP_SERVICES[signal].grpcPath
    const call = { path, headers, deadline, signal: attempt.signal }
    return toResult(await this.#encoding.send(body, encoded(connection, call)))
  }

  close(): void {
    this.#closed = true
    this.#certificates.stop()
    this.#connection?.close()
    this.#connection = undefined
  }

  async #credentials(): Promise<ChannelCredentials> {
    if (!usesTls(this.#config)) return ChannelCredentials.createInsecure()
    const context = await this.#certificates.start((next) =>
      this.#connection?.renew(this.#connect(this.#secure(next))),
    )
    return this.#secure(context)
  }

  #secure(context: SecureContext): ChannelCredentials {
    const { insecure_skip_verify } = this.#config.tls
    return ChannelCredentials.createFromSecureContext(context, {
      rejectUnauthorized: !insecure_skip_verify,
      ...(insecure_skip_verify && { checkServerIdentity: () => undefined }),
    })
  }

  #connect(credentials: ChannelCredentials): GrpcConnection {
    return new GrpcConnection(this.#config, credentials, this.#settings.version)
  }

  async #headersFor({ client }: Attempt): Promise<Readonly<Record<string, string>> | Error> {
    if (!this.#auth) return this.#headers
    const headers = this.#headers
    try {
      return changedHeaders(headers, await this.#auth.headers({ headers, client }))
    } catch (cause) {
      const { authenticator } = this.#config.auth ?? {}
      return new Error(`get the headers of ${authenticator}`, { cause })
    }
  }
}

/** True when the connection has TLS: the endpoint's scheme decides, else `tls.insecure`. */
export function usesTls({ endpoint, tls }: Pick<OtlpGrpcConfig, 'endpoint' | 'tls'>): boolean {
  return endpoint.tls ?? !tls.insecure
}

function encoded(
  connection: Renewable<GrpcConnection>,
  call: Omit<Call, 'body' | 'encoding'>,
): EncodedAttempt<CallResult> {
  return {
    attempt: (body, encoding) => connection.use((used) => used.call({ ...call, body, encoding })),
    judge: ({ error, framed }) => {
      if (!error) return framed ? 'read' : 'unknown'
      return !framed || isUnread(error) ? 'maybe_unread' : 'unknown'
    },
  }
}

/** What servers answer to an encoding that they do not know; the code is gRPC's rule. */
function isUnread({ code, details }: ServiceError): boolean {
  if (code === status.UNIMPLEMENTED) return true
  return code === status.INTERNAL && /compress|encod|gzip|zstd/i.test(details)
}

function toResult({ answer, error }: CallResult): SendResult {
  if (!error) return readResponse(answer)
  const trailer = error.metadata?.get('grpc-status-details-bin')[0]
  return readFailure(error.code, error.details, Buffer.isBuffer(trailer) ? trailer : undefined)
}
