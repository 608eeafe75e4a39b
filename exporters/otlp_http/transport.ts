import type { OutgoingHttpHeaders } from 'node:http'
import { failureOf } from '../../src/helpers/auth_failure.ts'
import type { Settings } from '../../src/component/settings.ts'
import { BodyEncoding, type EncodedAttempt } from '../../src/helpers/body_encoding.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import type { Encoding } from '../../src/helpers/compression.ts'
import { HttpClient } from '../../src/helpers/http_client.ts'
import type { HttpAnswer, HttpRequest } from '../../src/helpers/http_request.ts'
import type { OtlpTransport } from '../../src/helpers/otlp_exporter.ts'
import { OTLP_SERVICES, OTLP_SIGNALS } from '../../src/helpers/otlp_signals.ts'
import type { Attempt, SendResult } from '../../src/helpers/send_result.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { isOtlp, readAnswer } from './answer.ts'
import type { OtlpHttpConfig } from './config.ts'
import { requestToJson } from './json.ts'
import { below, withoutPassword } from '../../src/helpers/http_url.ts'

const CONTENT_TYPES = { proto: 'application/x-protobuf', json: 'application/json' } as const

/** Carries requests over HTTP/1.1. */
export class HttpTransport implements OtlpTransport {
  readonly #settings: Settings
  readonly #config: OtlpHttpConfig
  readonly #client: HttpClient
  readonly #encoding: BodyEncoding
  #warned = false

  constructor(settings: Settings, config: OtlpHttpConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#config = config
    this.#client = new HttpClient(settings, config, clock)
    this.#encoding = new BodyEncoding({ ...encodingOf(config), log: settings.log })
  }

  async start(): Promise<void> {
    this.#checkEndpoints()
    await this.#client.start({ tls: usesTls(this.#config) })
  }

  /** Rejects where a body that shall become JSON is no request. */
  async prepare(signal: Signal, body: Buffer): Promise<Buffer> {
    const isJson = this.#config.encoding === 'json'
    return this.#encoding.prepare(isJson ? requestToJson(signal, body) : body)
  }

  async send(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult> {
    const url = urlFor(this.#config, signal)
    if (!url) return { kind: 'rejected', reason: `no endpoint for ${signal}` }
    if (!this.#client.ready) return { kind: 'retry', reason: 'not started' }
    try {
      const headers = await this.#client.headers(attempt)
      const answer = await this.#encoding.send(body, this.#encoded({ ...attempt, url, headers }))
      this.#lookAt(answer, url)
      return readAnswer(answer, Date.now())
    } catch (error) {
      return failureOf(error)
    }
  }

  close(): void {
    this.#client.close()
  }

  #encoded(what: Omit<HttpRequest, 'body'>): EncodedAttempt<HttpAnswer> {
    const type = CONTENT_TYPES[this.#config.encoding]
    const attempt = (body: Buffer, encoding: Encoding): Promise<HttpAnswer> => {
      const headers = { ...what.headers, 'content-type': type, ...contentEncoding(encoding) }
      return this.#client.send({ ...what, headers, body })
    }
    return { attempt, judge }
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
