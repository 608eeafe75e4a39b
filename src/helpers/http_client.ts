import { changedHeaders, clientAuthOf, type ClientAuth } from '../component/auth.ts'
import type { Settings } from '../component/settings.ts'
import { systemClock, type Clock } from './clock.ts'
import { plainHeaders, type ClientHeaders } from './headers.ts'
import { ConnectionPool, type PoolOptions } from './http_pool.ts'
import { request, type HttpAnswer, type HttpRequest } from './http_request.ts'
import { Renewable } from './renewable.ts'
import type { Attempt } from './send_result.ts'
import { ClientCertificates } from './tls_client_certificates.ts'

/** What a client is made with: the options of a component. */
export interface HttpClientConfig extends PoolOptions {
  readonly headers: ClientHeaders
  readonly auth?: { readonly authenticator: string } | undefined
}

/**
 * Makes requests with the headers, the credentials and the certificates of a component; those that
 * change are taken anew.
 */
export class HttpClient {
  readonly #settings: Settings
  readonly #config: HttpClientConfig
  readonly #certificates: ClientCertificates
  readonly #headers: Readonly<Record<string, string>>
  #auth: ClientAuth | undefined
  #pool: Renewable<ConnectionPool> | undefined
  #closed = false

  constructor(settings: Settings, config: HttpClientConfig, clock: Clock = systemClock) {
    const { log, version } = settings
    this.#settings = settings
    this.#config = config
    this.#certificates = new ClientCertificates(config.tls, log, clock)
    this.#headers = { 'user-agent': `waggle/${version}`, ...plainHeaders(config.headers) }
  }

  /** Gets what it needs; does not connect. */
  async start({ tls }: { readonly tls: boolean }): Promise<void> {
    const { auth } = this.#config
    if (auth) this.#auth = clientAuthOf(this.#settings.host, auth.authenticator)
    const context = tls
      ? await this.#certificates.start((next) =>
          this.#pool?.renew(new ConnectionPool(this.#config, next)),
        )
      : undefined
    if (this.#closed) return
    this.#pool = new Renewable(new ConnectionPool(this.#config, context), (old) => old.close())
  }

  /** False before it has started, and after its end. */
  get ready(): boolean {
    return this.#pool !== undefined
  }

  /** Headers of one attempt: those of the configuration, as `auth` changes them now. */
  async headers({ client }: Pick<Attempt, 'client'> = {}): Promise<
    Readonly<Record<string, string>>
  > {
    if (!this.#auth) return this.#headers
    const headers = this.#headers
    try {
      return changedHeaders(headers, await this.#auth.headers({ headers, client }))
    } catch (cause) {
      throw new Error(`get the headers of ${this.#config.auth?.authenticator}`, { cause })
    }
  }

  /** Makes one request, with exactly its own headers. Rejects where there is no answer. */
  async send(what: HttpRequest): Promise<HttpAnswer> {
    const pool = this.#pool
    if (!pool) throw new Error('not started')
    return pool.use((used) => request(used, what))
  }

  /** Ends connections. May be repeated, and come before `start` is over. */
  close(): void {
    this.#closed = true
    this.#certificates.stop()
    this.#pool?.close()
    this.#pool = undefined
  }
}
