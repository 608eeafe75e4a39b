import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describeError, UnsupportedError } from '../component/errors.ts'
import { type Endpoint, formatEndpoint } from '../config/endpoint.ts'
import type { Logger } from '../telemetry/logger.ts'
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
  async start({ host, port }: Endpoint): Promise<string> {
    const server = await this.#create()
    if (this.#ended) return ''
    this.#server = server
    server.maxConnections = MAX_CONNECTIONS
    // As Go does: of the addresses of localhost that of IPv4.
    server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port })
    this.#listening = once(server, 'listening')
    try {
      await this.#listening
    } catch (cause) {
      throw new UnsupportedError(`listen on ${formatEndpoint({ host, port })}`, REMEDY, { cause })
    }
    // What fails on a listening socket later, such as accept, fails for one client only.
    const { log, tls } = this.#options
    server.on('error', (error) => log.warn({ err: error }, 'Cannot take a connection.'))
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

  async #answer({ method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      const allow = { allow: 'GET, HEAD' }
      return send(response, { ...text(405, 'Only GET and HEAD are answered.\n'), headers: allow })
    }
    const [path = '/', query = ''] = url.split('?', 2)
    try {
      send(response, await this.#options.answer({ path, query: new URLSearchParams(query) }))
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
