import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describeError, UnsupportedError } from '../component/errors.ts'
import { type Endpoint, formatEndpoint } from '../config/endpoint.ts'
import type { Logger } from '../telemetry/logger.ts'
import { listenOptions } from './listen_options.ts'
import { ServerCertificates } from './tls_server_certificates.ts'
import type { TlsServerConfig } from './tls_server_config.ts'

const REMEDY = 'Choose another place with the option "endpoint", or end what listens there.'
const MAX_CONNECTIONS = 128
/** Whoever sends a request that slowly is no probe and no browser. */
const REQUEST_MS = 10_000

/** What is asked for. */
export interface PageRequest {
  /** Without the query, decoded nowhere: `/debug/pipelinez`. */
  readonly path: string
  readonly query: URLSearchParams
  /** The header `Accept`; empty where there is none. */
  readonly accept: string
  readonly headers: IncomingHttpHeaders
}

/** What is answered. */
export interface PageAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a server is made of. */
export interface PageServerOptions {
  readonly answer: (request: PageRequest) => PageAnswer | Promise<PageAnswer>
  readonly log: Logger
  /** Serves HTTPS. */
  readonly tls?: TlsServerConfig | undefined
}

/** An HTTP server of a few small pages that are made anew for each request. */
export class PageServer {
  readonly #options: PageServerOptions
  #server: Server | TlsServer | undefined
  #listening: Promise<unknown> | undefined
  #certificates: ServerCertificates | undefined
  #ended = false

  constructor(options: PageServerOptions) {
    this.#options = options
  }

  /**
   * Begins to listen; resolves with the URL of the root. Rejects with UnsupportedError when the
   * address cannot be had, and when certificates cannot be read.
   */
  async start(endpoint: Endpoint): Promise<string> {
    const server = await this.#create()
    this.#server = server
    server.maxConnections = MAX_CONNECTIONS
    this.#listening = this.#listen(server, endpoint)
    try {
      await this.#listening
    } catch (cause) {
      throw new UnsupportedError(`listen on ${formatEndpoint(endpoint)}`, REMEDY, { cause })
    }
    // What fails on a listening socket later, such as accept, fails for one client only.
    const { log, tls } = this.#options
    server.on('error', (error) => log.warn({ err: error }, 'Cannot take a connection.'))
    // Whoever ended it meanwhile has closed it, too.
    if (!server.listening) return ''
    const { address, port: bound } = server.address() as AddressInfo
    return formatEndpoint({ scheme: tls ? 'https' : 'http', host: address, port: bound })
  }

  /** Ends it, and every connection to it. May be repeated. */
  async shutdown(): Promise<void> {
    this.#ended = true
    this.#certificates?.stop()
    await this.#listening?.catch(() => {})
    const server = this.#server
    if (!server?.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async #listen(server: Server | TlsServer, endpoint: Endpoint): Promise<void> {
    const options = await listenOptions(endpoint)
    if (this.#ended) return
    server.listen(options)
    await once(server, 'listening')
  }

  async #create(): Promise<Server | TlsServer> {
    const { tls, log } = this.#options
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#answer(request, response)
    const times = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }
    if (!tls) return createServer(times, onRequest)
    this.#certificates = new ServerCertificates(tls, log)
    const options = await this.#certificates.start((changed) => server.setSecureContext(changed))
    const server = createTlsServer({ ...times, ...options }, onRequest)
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '/', headers } = request
    if (method !== 'GET' && method !== 'HEAD') {
      const allow = { allow: 'GET, HEAD' }
      return send(response, { ...text(405, 'Only GET and HEAD are answered.\n'), headers: allow })
    }
    const [path = '/', query = ''] = url.split('?', 2)
    try {
      const { accept = '' } = headers
      const asked = { path, query: new URLSearchParams(query), accept, headers }
      send(response, await this.#options.answer(asked))
    } catch (error) {
      const fields = { path, error: describeError(error) }
      this.#options.log.error(fields, 'A page cannot be made.')
      send(response, text(500, `This page cannot be made: ${describeError(error)}\n`))
    }
  }
}

/** A plain text. */
export function text(status: number, body: string): PageAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

/** JSON, indented: people read it too. */
export function json(status: number, value: unknown): PageAnswer {
  const body = `${JSON.stringify(value, null, 2)}\n`
  return { status, contentType: 'application/json; charset=utf-8', body }
}

function send(response: ServerResponse, { status, contentType, body, headers }: PageAnswer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    // What is true now, and nothing but what it is said to be.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(body)
}
