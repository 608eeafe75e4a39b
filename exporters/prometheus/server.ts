import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
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

/** The HTTP server that Prometheus scrapes. */
export class MetricsServer {
  readonly #source: PageSource
  readonly #log: Logger
  readonly #clock: Clock
  readonly #server: Server
  #listening: Promise<unknown> | undefined

  constructor(source: PageSource, log: Logger, clock: Clock) {
    this.#source = source
    this.#log = log
    this.#clock = clock
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.#answer(request, response)
    })
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** Begins to listen; resolves with the page's URL. Rejects when the address cannot be had. */
  async start(endpoint: Endpoint): Promise<string> {
    this.#listening = this.#listen(endpoint)
    try {
      await this.#listening
    } catch (cause) {
      throw new UnsupportedError(`listen on ${formatEndpoint(endpoint)}`, REMEDY, { cause })
    }
    // What fails on a listening socket later, such as accept, fails for one client only.
    this.#server.on('error', (error) => this.#log.warn({ err: error }, 'Cannot take a connection.'))
    const bound = this.#server.address() as AddressInfo
    return `${formatEndpoint({ scheme: 'http', host: bound.address, port: bound.port })}${PATH}`
  }

  async #listen(endpoint: Endpoint): Promise<void> {
    this.#server.listen(await listenOptions(endpoint))
    await once(this.#server, 'listening')
  }

  /** Ends it; scrapes that are under way have a second to finish. May be repeated. */
  async shutdown(): Promise<void> {
    await this.#listening?.catch(() => {})
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    const cancel = this.#clock.after(END_MS, () => this.#server.closeAllConnections())
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
