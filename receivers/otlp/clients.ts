import {
  serverAuthOf,
  type AuthRefusal,
  type IncomingHeaders,
  type ServerAuth,
} from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { ClientInfo, RequestMetadata } from '../../src/pdata/delivery.ts'
import { CODE, failed, type Failure } from './answer.ts'
import type { Protocol } from './metrics.ts'

/** A client that may send, and what is to be known of it behind the receiver; or what it is answered. */
export type Known =
  | { readonly kind: 'client'; readonly client: ClientInfo | undefined }
  | { readonly kind: 'refused'; readonly answer: Failure; readonly reason: AuthRefusal }

/** What a protocol is told of its clients. */
export interface ClientsOptions {
  readonly protocol: Protocol
  readonly auth?: { readonly authenticator: string } | undefined
  readonly include_metadata: boolean
}

/** What a client is told that is not let in; the same for all that it has done wrong itself. */
const UNAUTHENTICATED = failed(CODE.unauthenticated, 401, 'unauthenticated')
const BUSY = failed(CODE.unavailable, 429, 'too many clients are being authenticated')
const UNABLE = failed(CODE.unavailable, 503, 'clients cannot be authenticated')

/** Knows the clients of a protocol. */
export class Clients {
  readonly #settings: Pick<Settings, 'host' | 'log'>
  readonly #options: ClientsOptions
  #auth: ServerAuth | undefined

  constructor(settings: Pick<Settings, 'host' | 'log'>, options: ClientsOptions) {
    this.#settings = settings
    this.#options = options
  }

  /** Finds the authenticator. Throws where there is none of that id. */
  start(): void {
    const { auth } = this.#options
    if (auth) this.#auth = serverAuthOf(this.#settings.host, auth.authenticator)
  }

  /** For `WWW-Authenticate` of an answer of 401. */
  get challenge(): string | undefined {
    return this.#auth?.challenge
  }

  /** Looks at the headers of a request. Never rejects. */
  async know(headers: IncomingHeaders): Promise<Known> {
    const { include_metadata, auth } = this.#options
    const metadata = include_metadata ? metadataOf(headers) : undefined
    // Before the start nobody is served; an authenticator that is configured is never left out.
    if (!auth) return { kind: 'client', client: metadata && { metadata } }
    const admission = await this.#authenticate(headers)
    if (admission.kind === 'refused') {
      return { kind: 'refused', reason: admission.reason, answer: answerTo(admission.reason) }
    }
    const { attributes } = admission
    const client = { ...(metadata && { metadata }), ...(attributes && { auth: attributes }) }
    return { kind: 'client', client }
  }

  async #authenticate(headers: IncomingHeaders): ReturnType<ServerAuth['authenticate']> {
    try {
      if (this.#auth) return await this.#auth.authenticate(headers)
    } catch (error) {
      this.#settings.log.error({ err: error }, 'Client could not be authenticated, this is a bug.')
    }
    return { kind: 'refused', reason: 'failed' }
  }
}

function answerTo(reason: AuthRefusal): Failure {
  if (reason === 'busy') return BUSY
  return reason === 'failed' ? UNABLE : UNAUTHENTICATED
}

/** Headers without those of HTTP/2 itself. */
function metadataOf(headers: IncomingHeaders): RequestMetadata {
  const metadata = new Map<string, readonly string[]>()
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue
    metadata.set(name, typeof value === 'string' ? [value] : value)
  }
  return metadata
}
