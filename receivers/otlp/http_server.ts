import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { plainHeaders } from '../../src/helpers/headers.ts'
import { ServerCertificates } from '../../src/helpers/tls_server_certificates.ts'
import { Clients } from './clients.ts'
import { Cors } from './cors.ts'
import { LEAVE_MS, type ProtocolServer, type ServerParts } from './grpc_server.ts'
import type { HttpConfig } from './http_config.ts'
import { answerRequest, type RequestContext } from './http_request.ts'
import { listen, tellOfLostConnections } from '../../src/helpers/http_server/listen.ts'
import { within } from '../../src/helpers/within.ts'

/** How long after the last word of a client its host is asked whether it is there, in milliseconds. */
const TCP_KEEPALIVE_MS = 60_000
/** How often slow requests are looked for, at most, in milliseconds. */
const CHECK_MS = 10_000

/** OTLP/HTTP over HTTP/1.1. */
export class HttpServer implements ProtocolServer {
  readonly #config: HttpConfig
  readonly #parts: ServerParts
  readonly #cors: Cors | undefined
  readonly #headers: Readonly<Record<string, string>>
  readonly #context: RequestContext
  readonly #clients: Clients
  readonly #certificates: ServerCertificates | undefined
  #server: Server | SecureServer | undefined
  #closed: Promise<unknown> = Promise.resolve()
  #ending = false

  constructor(config: HttpConfig, parts: ServerParts) {
    this.#config = config
    this.#parts = parts
    const { log, clock } = parts
    if (config.tls) this.#certificates = new ServerCertificates(config.tls, log, clock)
    if (config.cors && config.cors.allowed_origins.length > 0) this.#cors = new Cors(config.cors)
    this.#headers = plainHeaders(config.response_headers)
    this.#clients = new Clients(parts, { protocol: 'http', ...config })
    this.#context = { ...contextOf(config, parts, () => this.#ending), clients: this.#clients }
  }

  async start(): Promise<void> {
    const { endpoint: address, transport, tls, cors } = this.#config
    const { log, option } = this.#parts
    if (cors && !this.#cors) log.warn('No origin is named in cors: browsers may not send.')
    this.#clients.start()
    this.#server = await this.#create()
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response)
    })
    const server = this.#server
    const where = await listen(server, { address, transport, option: `${option}.endpoint` })
    tellOfLostConnections(server, log)
    log.info({ endpoint: where, tls: tls !== undefined }, 'Serving OTLP/HTTP.')
  }

  stopTaking(): void {
    this.#ending = true
    this.#certificates?.stop()
    if (!this.#server?.listening) return
    this.#closed = once(this.#server, 'close')
    // Closes connections without a request, too.
    this.#server.close()
  }

  async end(): Promise<void> {
    await within(this.#parts.clock, LEAVE_MS, this.#closed)
    this.#server?.closeAllConnections()
    await this.#closed
  }

  async #create(): Promise<Server | SecureServer> {
    const options = optionsOf(this.#config)
    if (!this.#certificates) return createServer(options)
    const tls = await this.#certificates.start((renewed) => server.setSecureContext(renewed))
    const server = createSecureServer({ ...options, ...tls })
    return server
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // What fails here fails for its client only, and closes its connection.
    request.on('error', () => {})
    response.on('error', () => {})
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value)
    if (!this.#config.keep_alives_enabled) response.setHeader('Connection', 'close')
    if (this.#cors?.handle(request, response)) return
    void answerRequest(request, response, this.#context)
  }
}

function contextOf(
  config: HttpConfig,
  { intake, clock }: ServerParts,
  isEnding: () => boolean,
): Omit<RequestContext, 'clients'> {
  return {
    intake,
    clock,
    isEnding,
    maxBytes: config.max_request_body_size,
    writeTimeoutMs: config.write_timeout,
    codings: new Set(config.compression_algorithms),
    signals: new Map([
      [config.traces_url_path, 'traces'],
      [config.metrics_url_path, 'metrics'],
      [config.logs_url_path, 'logs'],
    ]),
  }
}

function optionsOf(config: HttpConfig): ServerOptions {
  const { read_timeout, read_header_timeout, idle_timeout } = config
  const headersTimeout = read_header_timeout || read_timeout
  const limits = [headersTimeout, read_timeout].filter((ms) => ms > 0)
  return {
    requestTimeout: read_timeout,
    headersTimeout: read_timeout > 0 ? Math.min(headersTimeout, read_timeout) : headersTimeout,
    connectionsCheckingInterval: Math.min(CHECK_MS, ...limits.map((ms) => ms / 2)),
    keepAliveTimeout: idle_timeout,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEPALIVE_MS,
  }
}
