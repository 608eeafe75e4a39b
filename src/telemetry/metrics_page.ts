import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a page shows. */
export interface PageText {
  readonly contentType: string
  readonly text: string
}

/** Where a page is served. */
export interface PageAddress {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** The one path that is served. */
export const METRICS_PATH = '/metrics'

/** An HTTP server with one page that is made anew for each request. */
export class MetricsPage {
  readonly #server: Server
  readonly #render: () => Promise<PageText>

  constructor(render: () => Promise<PageText>) {
    this.#render = render
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** Begins to listen; resolves with the page's URL. Rejects when the address cannot be had. */
  async start({ host, port }: PageAddress): Promise<string> {
    this.#server.listen({ host, port })
    await once(this.#server, 'listening')
    // Whatever goes wrong with a listening socket later is no reason to end the agent.
    this.#server.on('error', () => {})
    const bound = this.#server.address() as AddressInfo
    const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
    return `http://${name}:${bound.port}${METRICS_PATH}`
  }

  /** Ends it, and every connection to it. May be repeated. */
  async shutdown(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      return end(response, 405, 'Only GET and HEAD are answered.\n', { allow: 'GET, HEAD' })
    }
    if (url.split('?')[0] !== METRICS_PATH) {
      return end(response, 404, `The metrics are at ${METRICS_PATH}.\n`)
    }
    try {
      const { contentType, text } = await this.#render()
      end(response, 200, text, { 'content-type': contentType })
    } catch (error) {
      end(response, 500, `The metrics cannot be told: ${String(error)}\n`)
    }
  }
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}
