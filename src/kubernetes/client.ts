import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { homedir } from 'node:os'
import { systemClock, type Clock } from '../helpers/clock.ts'
import type { ConnectionPool } from '../helpers/http_pool.ts'
import { request, wasClosedBefore, type HttpAnswer } from '../helpers/http_request.ts'
import type { Logger } from '../telemetry/logger.ts'
import { ACCOUNT_DIR, type Access, type Surroundings } from './access.ts'
import type { ApiAccessConfig } from './access_config.ts'
import { errorOfAnswer, type ApiError } from './api_error.ts'
import { readKubeContext } from './kubeconfig.ts'
import { kubeconfigAccess } from './kubeconfig_access.ts'
import { anonymousAccess, serviceAccountAccess } from './service_account.ts'
import { Transport } from './transport.ts'

/** A request that has no answer after this many milliseconds has failed. */
const TIMEOUT_MS = 60_000
/** Beyond this an answer is no list of objects but an accident. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024
const MAX_ERROR_BYTES = 64 * 1024

/** What a client is made with beside its configuration. */
export interface ClientOptions {
  readonly log: Logger
  /** This build of Waggle, for the user agent. */
  readonly version: string
  readonly clock?: Clock
  readonly around?: Surroundings
}

/** One question to the API server. */
export interface ApiRequest {
  /** Below the server's own path, without a slash in front: `api/v1/pods`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly accept?: string
  readonly signal: AbortSignal
}

/** The surroundings of this process. */
export function ownSurroundings(): Surroundings {
  return { env: process.env, home: homedir(), accountDir: ACCOUNT_DIR }
}

/** Asks an API server. Every method rejects with an `ApiError` where the answer is no success. */
export class KubernetesClient {
  readonly #config: ApiAccessConfig
  readonly #log: Logger
  readonly #clock: Clock
  readonly #around: Surroundings
  readonly #userAgent: string
  #access: Access | undefined
  #transport: Transport | undefined
  #starting: Promise<void> | undefined
  #closed = false

  constructor(
    config: ApiAccessConfig,
    { log, version, clock = systemClock, around = ownSurroundings() }: ClientOptions,
  ) {
    this.#config = config
    this.#log = log
    this.#clock = clock
    this.#around = around
    this.#userAgent = `waggle/${version}`
  }

  /** Reads who we are and where the API server is; asks nothing of it. Rejects where that is not known. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** The API server's address, once that is known. */
  get server(): string {
    return this.#access?.server.href ?? ''
  }

  /** The JSON of an answer. */
  async get(what: ApiRequest): Promise<unknown> {
    return this.#ask('GET', what)
  }

  /** Sends an object, and gives the JSON of the answer. */
  async post(what: ApiRequest, object: object): Promise<unknown> {
    return this.#ask('POST', what, Buffer.from(JSON.stringify(object)))
  }

  /**
   * Begins to read a stream, and lets `read` take what comes; the connection is held until that has
   * resolved.
   */
  async stream<T>(what: ApiRequest, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const { access, transport } = this.#started()
    const headers = await this.#headers(access, what)
    await transport.use(access.credentials.certificate)
    return transport.pool.use(async (pool) => {
      const url = urlOf(access, what)
      const answer = await begin(pool, url, headers, what.signal)
      if (answer.statusCode === 200) return read(answer)
      const { statusCode: status = 0, headers: said } = answer
      throw this.#failed('GET', url, { status, headers: said, body: await beginningOf(answer) })
    })
  }

  /** Ends all connections; may be repeated. */
  close(): void {
    this.#closed = true
    this.#transport?.close()
    this.#transport = undefined
  }

  async #start(): Promise<void> {
    const access = await this.#open()
    if (this.#closed) return
    const transport = new Transport(access, this.#log, this.#clock)
    await transport.start()
    if (this.#closed) return transport.close()
    this.#access = access
    this.#transport = transport
  }

  async #open(): Promise<Access> {
    const { auth_type } = this.#config
    if (auth_type === 'none') return anonymousAccess(this.#around)
    if (auth_type === 'serviceAccount') {
      return serviceAccountAccess(this.#around, this.#log, this.#clock)
    }
    const context = await readKubeContext(this.#config, this.#around)
    return kubeconfigAccess(context, this.#log, this.#clock)
  }

  #started(): { access: Access; transport: Transport } {
    if (this.#access && this.#transport) {
      return { access: this.#access, transport: this.#transport }
    }
    throw new Error(this.#closed ? 'closed' : 'not started')
  }

  async #ask(method: 'GET' | 'POST', what: ApiRequest, body?: Buffer): Promise<unknown> {
    const { access, transport } = this.#started()
    const headers = await this.#headers(access, what, body)
    await transport.use(access.credentials.certificate)
    const url = urlOf(access, what)
    const answer = await transport.pool.use((pool) =>
      request(pool, {
        url,
        method,
        headers,
        ...(body && { body }),
        timeoutMs: TIMEOUT_MS,
        maxAnswerBytes: MAX_ANSWER_BYTES,
        tooLong: 'fail',
        signal: what.signal,
      }),
    )
    if (answer.status >= 300) throw this.#failed(method, url, answer)
    return parse(method, url, answer)
  }

  async #headers(
    { credentials }: Access,
    { accept = 'application/json' }: ApiRequest,
    body?: Buffer,
  ): Promise<Record<string, string>> {
    const own = { accept, 'user-agent': this.#userAgent }
    const sent = body && { 'content-type': 'application/json', 'content-length': `${body.length}` }
    return { ...own, ...sent, ...(await credentials.headers()) }
  }

  #failed(method: string, url: URL, answer: HttpAnswer): ApiError {
    if (answer.status === 401) this.#access?.credentials.refused()
    return errorOfAnswer(`${method} ${url.pathname}`, answer)
  }
}

function urlOf({ server }: Access, { path, query = {} }: ApiRequest): URL {
  const url = new URL(path, server)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, value)
  }
  return url
}

function parse(method: string, url: URL, { body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw new Error(`${method} ${url.pathname}: the answer is no JSON`, { cause })
  }
}

async function begin(
  pool: ConnectionPool,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const begun = send(url, { agent: pool.agentFor(url), headers, signal })
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    begun.on('response', resolve)
    begun.on('error', reject)
  })
  begun.end()
  try {
    return await answer
  } catch (error) {
    if (!wasClosedBefore(begun, error)) throw error
    return begin(pool, url, headers, signal)
  }
}

async function beginningOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= MAX_ERROR_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES)
}
