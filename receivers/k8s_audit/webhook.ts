import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Subject } from 'rxjs'
import { serverAuthOf, type AuthRefusal, type ServerAuth } from '../../src/component/auth.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { inflate } from '../../src/helpers/http_server/inflate.ts'
import { listen, tellOfLostConnections } from '../../src/helpers/http_server/listen.ts'
import { PendingBytes, type PendingShare } from '../../src/helpers/http_server/pending_bytes.ts'
import { readBody } from '../../src/helpers/http_server/read_body.ts'
import { ServerCertificates } from '../../src/helpers/tls_server_certificates.ts'
import { within } from '../../src/helpers/within.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { LogRecord } from '../../src/pdata/logs.ts'
import { auditLogs } from './audit_logs.ts'
import type { WebhookConfig } from './config.ts'
import { itemsOf } from './event_list.ts'
import type { EventReader } from './event_reader.ts'
import type { Tally } from './tally.ts'

/** How much may be read and wait for the pipelines at the same time. A request that is alone is always taken. */
const MAX_PENDING_BYTES = 128 * 1024 * 1024
/** How long a whole request may take to come in, in milliseconds. */
const READ_MS = 60_000
/** Longer than API servers keep connections without requests, so that none is closed under one; milliseconds. */
const IDLE_MS = 120_000
/** How long the pipelines may take at the end for what came in, in milliseconds. */
const ANSWER_MS = 5_000
/** When to send again what was refused without a word of when, in seconds. */
const RETRY_AFTER_S = 1
/** Reasons of refusals that say that there is too much for now. */
const OVERLOADED: ReadonlySet<string> = new Set(['queue_full', 'memory_limit', 'too_many_pending'])
/** Reasons of rejections for which the events are not to blame: they may be taken later. */
const PASSING: ReadonlySet<string> = new Set(['not_drained', 'pipeline_failed', 'shutdown'])

/** What a request is answered with. */
interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfterS?: number
}

const TAKEN: Answer = { status: 200, text: '' }

/** What a webhook is made of. */
export interface WebhookOptions {
  readonly settings: Settings
  readonly batches: Subject<Batch>
  readonly reader: EventReader
  readonly tally: Tally
  readonly clock: Clock
}

/** Takes what the audit webhook of API servers sends, and answers with what became of it. */
export class Webhook {
  readonly #config: WebhookConfig
  readonly #options: WebhookOptions
  readonly #pending = new PendingBytes(MAX_PENDING_BYTES)
  readonly #certificates: ServerCertificates | undefined
  readonly #answered = new Map<number, number>()
  readonly #open = new Set<Promise<void>>()
  #server: Server | undefined
  #auth: ServerAuth | undefined
  #isEnding = false

  constructor(config: WebhookConfig, options: WebhookOptions) {
    this.#config = config
    this.#options = options
    const { settings, clock } = options
    if (config.tls) this.#certificates = new ServerCertificates(config.tls, settings.log, clock)
    this.#register()
  }

  /** Begins to listen. Rejects where that cannot be had. */
  async start(): Promise<void> {
    const { endpoint, auth, tls } = this.#config
    const { id, log, host } = this.#options.settings
    if (auth) this.#auth = serverAuthOf(host, auth.authenticator)
    const server = await this.#create()
    this.#server = server
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const answering = this.#answer(request, response).finally(() => this.#open.delete(answering))
      this.#open.add(answering)
    })
    const option = `receivers.${id}.webhook.endpoint`
    const where = await listen(server, { address: endpoint, transport: 'tcp', option })
    tellOfLostConnections(server, log)
    log.info({ endpoint: where, tls: tls !== undefined }, 'Taking audit events.')
  }

  /** Takes no new requests. */
  stop(): void {
    this.#isEnding = true
    this.#certificates?.stop()
    this.#server?.close()
  }

  /** After `stop`: resolves when all requests are answered, or have been given up. */
  async close(): Promise<void> {
    await within(this.#options.clock, ANSWER_MS, Promise.all(this.#open))
    const server = this.#server
    const closed = server?.listening === false ? undefined : server && once(server, 'close')
    server?.closeAllConnections()
    await closed
  }

  async #create(): Promise<Server> {
    const options = { requestTimeout: READ_MS, keepAliveTimeout: IDLE_MS, keepAlive: true }
    if (!this.#certificates) return createServer(options)
    const tls = await this.#certificates.start((renewed) => server.setSecureContext(renewed))
    const server = createSecureServer({ ...options, ...tls })
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // What fails here fails for its client only, and closes its connection.
    request.on('error', () => {})
    response.on('error', () => {})
    const share = this.#pending.share()
    try {
      const answer = await this.#answerOf(request, response, share)
      if (answer) this.#say(response, answer)
      if (!request.readableEnded) request.resume()
    } catch (error) {
      this.#options.settings.log.error({ err: error }, 'Request could not be taken, this is a bug.')
      this.#say(response, { status: 500, text: 'the request could not be taken' })
    } finally {
      share.release()
    }
  }

  /** Undefined where the client went away. */
  async #answerOf(
    request: IncomingMessage,
    response: ServerResponse,
    share: PendingShare,
  ): Promise<Answer | undefined> {
    const { path, max_request_body_size: maxBytes } = this.#config
    if (request.url?.split('?')[0] !== path) return { status: 404, text: 'not found' }
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST')
      return { status: 405, text: 'expected POST' }
    }
    const refusal = await this.#refusalOf(request, response)
    if (refusal) return refusal
    const read = await readBody(request, { maxBytes, share })
    if (read.kind === 'gone') return undefined
    if (read.kind === 'busy') return answerTo({ kind: 'refused', reason: 'too_many_pending' })
    if (read.kind === 'too_large') return this.#tooLarge()
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
    if (encoding !== 'gzip' && encoding !== 'identity') {
      return { status: 415, text: `unsupported Content-Encoding: ${encoding}` }
    }
    const plain = await inflate(encoding, read.bytes, maxBytes)
    if (plain.kind === 'too_large') return this.#tooLarge()
    if (plain.kind === 'malformed') return this.#malformed(`${encoding}: ${plain.message}`)
    if (encoding === 'gzip' && !share.add(plain.body.length)) {
      return answerTo({ kind: 'refused', reason: 'too_many_pending' })
    }
    return this.#take(plain.body)
  }

  async #refusalOf(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Answer | undefined> {
    if (this.#isEnding) return answerTo({ kind: 'refused', reason: 'shutdown' })
    if (!this.#auth) return undefined
    const admission = await this.#auth.authenticate(request.headersDistinct)
    if (admission.kind === 'admitted') return undefined
    const answer = answerToRefusal(admission.reason)
    if (answer.status === 401) response.setHeader('WWW-Authenticate', this.#auth.challenge)
    return answer
  }

  async #take(body: Buffer): Promise<Answer> {
    const { reader, tally, batches, settings } = this.#options
    const items = itemsOf(body)
    if (!items) return this.#malformed('expected an EventList of audit.k8s.io/v1')
    const records: LogRecord[] = []
    reader.begin()
    for (const item of items) reader.read(item, records, 'list')
    tally.flush()
    if (records.length === 0) return TAKEN
    if (this.#isEnding) return answerTo({ kind: 'refused', reason: 'shutdown' })
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const counters = settings.counters.of('logs')
    counters.countIn(records.length)
    const delivery = countedDelivery(counters, records.length, resolve)
    batches.next(auditLogs(records, delivery, settings.version))
    return answerTo(await promise)
  }

  #tooLarge(): Answer {
    this.#options.tally.malformed('too_long')
    const text = `the body is larger than ${this.#config.max_request_body_size} bytes`
    return { status: 413, text }
  }

  #malformed(text: string): Answer {
    this.#options.tally.malformed('not_an_audit_event')
    return { status: 400, text }
  }

  #say(response: ServerResponse, { status, text, retryAfterS }: Answer): void {
    if (response.destroyed || response.headersSent) return
    this.#answered.set(status, (this.#answered.get(status) ?? 0) + 1)
    if (retryAfterS !== undefined) response.setHeader('Retry-After', String(retryAfterS))
    if (this.#isEnding) response.setHeader('Connection', 'close')
    const body = Buffer.from(text)
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length }
    response.writeHead(status, headers).end(body)
  }

  #register(): void {
    const { meter } = this.#options.settings
    const facts = {
      name: 'waggle.k8s_audit.requests',
      description: 'Requests of audit webhooks, by the HTTP status that they were answered with.',
      unit: '{request}',
    }
    meter.counter(facts, (observe) => {
      for (const [status, count] of this.#answered) {
        observe(count, { 'http.response.status_code': String(status) })
      }
    })
  }
}

/** The API server sends again what was not answered with 2xx, whatever the answer, a few times. */
function answerTo(outcome: Outcome): Answer {
  if (outcome.kind === 'accepted') return TAKEN
  const { kind, reason } = outcome
  const text = reason.replaceAll('_', ' ')
  if (kind === 'rejected' && !PASSING.has(reason)) return { status: 400, text }
  const afterMs = kind === 'refused' ? outcome.afterMs : undefined
  const retryAfterS = afterMs === undefined ? RETRY_AFTER_S : Math.ceil(afterMs / 1000)
  return { status: OVERLOADED.has(reason) ? 429 : 503, text, retryAfterS }
}

function answerToRefusal(reason: AuthRefusal): Answer {
  if (reason === 'busy') return { status: 429, text: 'busy', retryAfterS: RETRY_AFTER_S }
  if (reason === 'failed') return { status: 503, text: 'failed', retryAfterS: RETRY_AFTER_S }
  return { status: 401, text: 'unauthenticated' }
}
