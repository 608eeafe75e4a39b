import { serverAuthOf, type IncomingHeaders, type ServerAuth } from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import { KubernetesClient, Reviews } from '../../src/kubernetes/index.ts'
import { ClusterViewers } from './cluster_viewers.ts'
import type { DeliveryApiConfig } from './config.ts'
import { namesLoopback } from './loopback.ts'
import { Refusal } from './refusal.ts'

/** Somebody who asks, and what may be shown to them. */
export interface Viewer {
  /** Whether pods of a namespace may be shown, with an empty name those of all. Rejects with `Refusal`. */
  sees(namespace: string): Promise<boolean>
}

type AccessSettings = Pick<Settings, 'host' | 'log' | 'version'>

const NOT_YET = new Refusal(503, 'Clients cannot be authenticated yet.')
const SEES_ALL: Viewer = { sees: async () => true }

/** Says who asks. */
export class Access {
  readonly #settings: AccessSettings
  readonly #config: DeliveryApiConfig
  #auth: ServerAuth | undefined
  #client: KubernetesClient | undefined
  #reviews: Reviews | undefined
  #viewers: ClusterViewers | undefined

  constructor(settings: AccessSettings, config: DeliveryApiConfig) {
    this.#settings = settings
    this.#config = config
  }

  /** Finds the authenticator, or how to ask the API server. Rejects where there is none. */
  async start(): Promise<void> {
    const { authenticator: id, kubernetes } = this.#config.auth ?? {}
    const { host, log, version } = this.#settings
    if (id !== undefined) this.#auth = serverAuthOf(host, id)
    if (!kubernetes) return
    this.#client = new KubernetesClient(kubernetes, { log, version })
    await this.#client.start()
    this.#reviews = new Reviews(this.#client)
    this.#viewers = new ClusterViewers(this.#reviews, log)
  }

  /** Ends questions that are under way. May be repeated. */
  async shutdown(): Promise<void> {
    this.#reviews?.close()
    this.#client?.close()
  }

  /** Who a request comes from. Rejects with `Refusal`. */
  async admit(headers: IncomingHeaders): Promise<Viewer> {
    const { auth, tls } = this.#config
    if (auth?.authenticator !== undefined) return this.#authenticated(headers)
    if (auth) return this.#viewers?.admit(headers) ?? Promise.reject(NOT_YET)
    const host = headers['host']
    const open = tls?.client_ca_file !== undefined || namesLoopback(String(host))
    if (!open)
      throw new Refusal(403, 'Without auth only a loopback address is answered, such as localhost.')
    return SEES_ALL
  }

  async #authenticated(headers: IncomingHeaders): Promise<Viewer> {
    if (!this.#auth) throw NOT_YET
    const admission = await this.#auth.authenticate(headers)
    if (admission.kind === 'admitted') return SEES_ALL
    if (admission.reason === 'busy')
      throw new Refusal(429, 'Too many clients are being authenticated.')
    if (admission.reason === 'failed')
      throw new Refusal(503, 'Clients cannot be authenticated now.')
    throw new Refusal(401, 'Credentials are needed.', this.#auth.challenge)
  }
}
