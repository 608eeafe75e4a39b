import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpConfig } from './http_config.ts'

/** The configuration of CORS. */
export type CorsConfig = NonNullable<HttpConfig['cors']>

/** Methods that pages may use; OTLP has POST only, and these three need no leave of ours. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'HEAD'])
/** Headers that pages may always send (https://fetch.spec.whatwg.org/#cors-safelisted-request-header). */
const SAFE_HEADERS = ['accept', 'accept-language', 'content-type', 'content-language', 'origin']
/** What is allowed where no header is named, as in the Collector. */
const USUAL_HEADER = 'x-requested-with'

/**
 * Lets pages of other origins send (https://fetch.spec.whatwg.org/#http-cors-protocol), as the
 * Collector does: with credentials, and an origin that is not allowed gets an answer without leave.
 */
export class Cors {
  readonly #all: boolean
  readonly #origins: readonly RegExp[]
  readonly #headers: ReadonlySet<string>
  readonly #maxAge: number

  constructor({ allowed_origins, allowed_headers, max_age }: CorsConfig) {
    this.#all = allowed_origins.includes('*')
    this.#origins = allowed_origins.map(patternOf)
    const more = allowed_headers.length > 0 ? allowed_headers : [USUAL_HEADER]
    this.#headers = new Set([...SAFE_HEADERS, ...more.map((name) => name.toLowerCase())])
    this.#maxAge = max_age
  }

  /** Adds what the browser looks for; true where the request was its question only, and is answered. */
  handle({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
    const wanted = headers['access-control-request-method']
    if (method === 'OPTIONS' && wanted !== undefined) {
      this.#preflight(headers, wanted, response)
      return true
    }
    response.appendHeader('Vary', 'Origin')
    this.#allow(headers.origin, response)
    return false
  }

  #preflight(headers: IncomingMessage['headers'], method: string, response: ServerResponse): void {
    const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'
    response.appendHeader('Vary', vary)
    const asked = String(headers['access-control-request-headers'] ?? '')
    if (METHODS.has(method) && this.#takes(asked) && this.#allow(headers.origin, response)) {
      response.setHeader('Access-Control-Allow-Methods', method)
      if (asked) response.setHeader('Access-Control-Allow-Headers', asked)
      if (this.#maxAge > 0) response.setHeader('Access-Control-Max-Age', String(this.#maxAge))
    }
    response.writeHead(204).end()
  }

  #takes(asked: string): boolean {
    if (this.#headers.has('*') || asked === '') return true
    return asked.split(',').every((name) => this.#headers.has(name.trim().toLowerCase()))
  }

  #allow(origin: string | undefined, response: ServerResponse): boolean {
    if (origin === undefined || !this.#origins.some((pattern) => pattern.test(origin))) return false
    response.setHeader('Access-Control-Allow-Origin', this.#all ? '*' : origin)
    response.setHeader('Access-Control-Allow-Credentials', 'true')
    return true
  }
}

/** `*` stands for any characters; case does not matter in a host. */
function patternOf(origin: string): RegExp {
  const parts = origin.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i')
}
