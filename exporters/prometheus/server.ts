import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { describeError, UnsupportedError } from '../../src/component/errors.ts'
import { type Endpoint, formatEndpoint } from '../../src/config/endpoint.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import {
  CONTENT_TYPES,
  formatFor,
  takesGzip,
  type Format,
} from '../../src/telemetry/exposition_format.ts'
import { listenOptions } from '../../src/helpers/listen_options.ts'
import { ServerCertificates } from '../../src/helpers/tls_server_certificates.ts'
import type { TlsServerConfig } from '../../src/helpers/tls_server_config.ts'
import type { Logger } from '../../src/telemetry/logger.ts'

const REMEDY =
  'Choose another place with the option "endpoint", or end what listens there; the shipped pipelines ' +
  'take the port from OTEL_EXPORTER_PROMETHEUS_PORT.'

/** The one path that is served. */
const PATH = '/metrics'
/** Scrapes come every 15 to 60 seconds on a connection that stays. */
const KEEP_ALIVE_MS = 130_000
/** A connection on which a reader takes nothing for so long is closed. */
const STALLED_MS = 30_000
const MAX_CONNECTIONS = 128
/** How long scrapes may go on after the end, in milliseconds. */
const END_MS = 1_000

/** What a server serves. */
export interface PageSource {
  /** Makes the page, in pieces. */
  readonly render: (format: Format) => Iterable<string>
  /** Whether OpenMetrics may be chosen. */
  readonly openMetrics: boolean
}

/** Where it is served, and how. */
export interface Place {
  readonly endpoint: Endpoint
  /** Serves HTTPS. */
  readonly tls?: TlsServerConfig | undefined
}

/** The HTTP server that Prometheus scrapes. */
export class MetricsServer {
  readonly #source: PageSource
  readonly #log: Logger
  readonly #clock: Clock
  #server: Server | SecureServer | undefined
  #certificates: ServerCertificates | undefined
  #listening: Promise<unknown> | undefined
  #ended = false

  constructor(source: PageSource, log: Logger, clock: Clock) {
    this.#source = source
    this.#log = log
    this.#clock = clock
  }

  /**
   * Begins to listen; resolves with the page's URL. Rejects when the address cannot be had, and when
   * certificates cannot be read.
   */
  async start({ endpoint, tls }: Place): Promise<string> {
    const server = await this.#create(tls)
    this.#server = server
    server.maxConnections = MAX_CONNECTIONS
    this.#listening = this.#listen(server, endpoint)
    try {
      await this.#listening
    } catch (cause) {
      throw new UnsupportedError(`listen on ${formatEndpoint(endpoint)}`, REMEDY, { cause })
    }
    // What fails on a listening socket later, such as accept, fails for one client only.
    server.on('error', (error) => this.#log.warn({ err: error }, 'Cannot take a connection.'))
    // Whoever ended it meanwhile has closed it, too.
    if (!server.listening) return ''
    const { address: host, port: bound } = server.address() as AddressInfo
    return `${formatEndpoint({ scheme: tls ? 'https' : 'http', host, port: bound })}${PATH}`
  }

  async #create(tls: TlsServerConfig | undefined): Promise<Server | SecureServer> {
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#answer(request, response)
    const options = { keepAliveTimeout: KEEP_ALIVE_MS }
    if (!tls) return createServer(options, onRequest)
    this.#certificates = new ServerCertificates(tls, this.#log, this.#clock)
    const secure = await this.#certificates.start((changed) => server.setSecureContext(changed))
    const server = createSecureServer({ ...options, ...secure }, onRequest)
    return server
  }

  async #listen(server: Server | SecureServer, endpoint: Endpoint): Promise<void> {
    const options = await listenOptions(endpoint)
    if (this.#ended) return
    server.listen(options)
    await once(server, 'listening')
  }

  /** Ends it; scrapes that are under way have a second to finish. May be repeated. */
  async shutdown(): Promise<void> {
    this.#ended = true
    this.#certificates?.stop()
    await this.#listening?.catch(() => {})
    const server = this.#server
    if (!server?.listening) return
    const closed = once(server, 'close')
    server.close()
    const cancel = this.#clock.after(END_MS, () => server.closeAllConnections())
    await closed
    cancel()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request
    if (url.split('?')[0] !== PATH) return refuse(response, 404, `The metrics are at ${PATH}.\n`)
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return refuse(response, 405, 'Only GET and HEAD are answered.\n')
    }
    try {
      await this.#send(request, response)
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'A scrape was broken off.')
    }
  }

  async #send({ method, headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accept = '', 'accept-encoding': encoding = '' } = headers
    const format = formatFor(accept, this.#source.openMetrics)
    const gzip = takesGzip(String(encoding))
    response.setHeader('Content-Type', CONTENT_TYPES[format])
    response.setHeader('Vary', 'Accept, Accept-Encoding')
    if (gzip) response.setHeader('Content-Encoding', 'gzip')
    if (method === 'HEAD') return void response.end()
    response.setTimeout(STALLED_MS, () => response.destroy())
    const pieces = inTurns(this.#source.render(format))
    // Level 1: text this repetitive shrinks to a twentieth at any level.
    if (gzip) await pipeline(pieces, createGzip({ level: 1 }), response)
    else await pipeline(pieces, response)
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
}

/** Lets others have their turn after each piece. */
async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece
    await nextTurn()
  }
}
