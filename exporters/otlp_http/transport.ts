import type { OutgoingHttpHeaders } from 'node:http'
import { changedHeaders, clientAuthOf, type ClientAuth } from '../../src/component/auth.ts'
import { failureOf } from '../../src/helpers/auth_failure.ts'
import type { Settings } from '../../src/component/settings.ts'
import { BodyEncoding, type EncodedAttempt } from '../../src/helpers/body_encoding.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import type { Encoding } from '../../src/helpers/compression.ts'
import { plainHeaders } from '../../src/helpers/headers.ts'
import type { OtlpTransport } from '../../src/helpers/otlp_exporter.ts'
import { OTLP_SERVICES, OTLP_SIGNALS } from '../../src/helpers/otlp_signals.ts'
import { Renewable } from '../../src/helpers/renewable.ts'
import type { Attempt, SendResult } from '../../src/helpers/send_result.ts'
import { ClientCertificates } from '../../src/helpers/tls_client_certificates.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { isOtlp, readAnswer, type HttpAnswer } from './answer.ts'
import type { OtlpHttpConfig } from './config.ts'
import { requestToJson } from './json.ts'
import { ConnectionPool } from './pool.ts'
import { post, type Post } from './request.ts'
import { below, withoutPassword } from './url.ts'

const CONTENT_TYPES = { proto: 'application/x-protobuf', json: 'application/json' } as const

/** Carries requests over HTTP/1.1. */
export class HttpTransport implements OtlpTransport {
  readonly #settings: Settings
  readonly #config: OtlpHttpConfig
  readonly #certificates: ClientCertificates
  readonly #encoding: BodyEncoding
  readonly #headers: Readonly<Record<string, string>>
  #auth: ClientAuth | undefined
  #pool: Renewable<ConnectionPool> | undefined
  #closed = false
  #warned = false

  constructor(settings: Settings, config: OtlpHttpConfig, clock: Clock = systemClock) {
    const { log, version } = settings
    this.#settings = settings
    this.#config = config
    this.#certificates = new ClientCertificates(config.tls, log, clock)
    this.#encoding = new BodyEncoding({ ...encodingOf(config), log })
    this.#headers = { 'user-agent': `waggle/${version}`, ...plainHeaders(config.headers) }
  }

  async start(): Promise<void> {
    this.#checkEndpoints()
    const { auth } = this.#config
    if (auth) this.#auth = clientAuthOf(this.#settings.host, auth.authenticator)
    const context = usesTls(this.#config)
      ? await this.#certificates.start((next) =>
          this.#pool?.renew(new ConnectionPool(this.#config, next)),
        )
      : undefined
    if (this.#closed) return
    const first = new ConnectionPool(this.#config, context)
    this.#pool = new Renewable(first, (old) => old.close())
  }

  /** Rejects where a body that shall become JSON is no request. */
  async prepare(signal: Signal, body: Buffer): Promise<Buffer> {
    const isJson = this.#config.encoding === 'json'
    return this.#encoding.prepare(isJson ? requestToJson(signal, body) : body)
  }

  async send(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult> {
    const url = urlFor(this.#config, signal)
    if (!url) return { kind: 'rejected', reason: `no endpoint for ${signal}` }
    const pool = this.#pool
    if (!pool) return { kind: 'retry', reason: 'not started' }
    try {
      const headers = await this.#headersFor(attempt)
      const answer = await this.#encoding.send(
        body,
        this.#encoded(pool, { ...attempt, url, headers }),
      )
      this.#lookAt(answer, url)
      return readAnswer(answer, Date.now())
    } catch (error) {
      return failureOf(error)
    }
  }

  close(): void {
    this.#closed = true
    this.#certificates.stop()
    this.#pool?.close()
    this.#pool = undefined
  }

  #encoded(pool: Renewable<ConnectionPool>, what: Omit<Post, 'body'>): EncodedAttempt<HttpAnswer> {
    const type = CONTENT_TYPES[this.#config.encoding]
    const attempt = (body: Buffer, encoding: Encoding): Promise<HttpAnswer> => {
      const headers = { ...what.headers, 'content-type': type, ...contentEncoding(encoding) }
      return pool.use((used) => post(used, { ...what, headers, body }))
    }
    return { attempt, judge }
  }

  async #headersFor({ client }: Attempt): Promise<Readonly<Record<string, string>>> {
    if (!this.#auth) return this.#headers
    const headers = this.#headers
    try {
      return changedHeaders(headers, await this.#auth.headers({ headers, client }))
    } catch (cause) {
      throw new Error(`get the headers of ${this.#config.auth?.authenticator}`, { cause })
    }
  }

  /** A web server that answers everything with a page takes data and nobody ever sees it again. */
  #lookAt(answer: HttpAnswer, url: URL): void {
    if (this.#warned || answer.status >= 300 || isOtlp(answer)) return
    this.#warned = true
    const fields = { url: withoutPassword(url), content_type: answer.headers['content-type'] }
    this.#settings.log.warn(fields, 'What answers here may be no OTLP server.')
  }

  #checkEndpoints(): void {
    const { host, id } = this.#settings
    const mine = host.pipelines().filter(({ exporters }) => exporters.includes(id))
    const lost = mine.find(({ kind }) => !urlFor(this.#config, kind))
    if (!lost) return
    throw new Error(`expected endpoint or ${lost.kind}_endpoint for the pipeline ${lost.id}`)
  }
}

/** Where a signal goes; undefined where neither its own endpoint nor the common one is there. */
export function urlFor(config: OtlpHttpConfig, signal: Signal): URL | undefined {
  const { endpoint, [`${signal}_endpoint` as const]: own } = config
  return own ?? (endpoint && below(endpoint, OTLP_SERVICES[signal].httpPath))
}

function usesTls(config: OtlpHttpConfig): boolean {
  return OTLP_SIGNALS.some((signal) => urlFor(config, signal)?.protocol === 'https:')
}

function encodingOf({ compression, compression_params: { level } }: OtlpHttpConfig): {
  wanted: Encoding
  level?: number
} {
  if (compression === 'none' || compression === '') return { wanted: 'identity' }
  // Both names mean zlib's format; only `deflate` is registered for HTTP.
  const wanted = compression === 'zlib' ? 'deflate' : compression
  return { wanted, ...(level !== undefined && { level }) }
}

function contentEncoding(encoding: Encoding): OutgoingHttpHeaders {
  return encoding === 'identity' ? {} : { 'content-encoding': encoding }
}

/** What servers answer to an encoding that they do not know. */
function judge({ status }: HttpAnswer): 'read' | 'maybe_unread' | 'unknown' {
  if (status >= 200 && status < 300) return 'read'
  return status === 400 || status === 415 ? 'maybe_unread' : 'unknown'
}
