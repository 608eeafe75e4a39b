import {
  serverAuthOf,
  type IncomingHeaders,
  type ServerAuth,
} from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { DeliveryApiConfig } from './config.ts'
import { namesLoopback } from './loopback.ts'
import { Refusal } from './refusal.ts'

/** Somebody who asks, and what may be shown to them. */
export interface Viewer {
  /** Whether pods of a namespace may be shown, with an empty name those of all. Rejects with `Refusal`. */
  sees(namespace: string): Promise<boolean>
}

const SEES_ALL: Viewer = { sees: async () => true }

/** Says who asks. */
export class Access {
  readonly #settings: Pick<Settings, 'host' | 'log'>
  readonly #config: DeliveryApiConfig
  #auth: ServerAuth | undefined

  constructor(settings: Pick<Settings, 'host' | 'log'>, config: DeliveryApiConfig) {
    this.#settings = settings
    this.#config = config
  }

  /** Finds the authenticator. Throws where there is none of that id. */
  start(): void {
    const id = this.#config.auth?.authenticator
    if (id !== undefined) this.#auth = serverAuthOf(this.#settings.host, id)
  }

  /** Who a request comes from. Rejects with `Refusal`. */
  async admit(headers: IncomingHeaders): Promise<Viewer> {
    const { auth, tls } = this.#config
    if (auth?.authenticator !== undefined) return this.#authenticated(headers)
    const host = headers['host']
    const open = tls?.client_ca_file !== undefined || namesLoopback(String(host))
    if (!open) throw new Refusal(403, 'Without auth only a loopback address is answered, such as localhost.')
    return SEES_ALL
  }

  async #authenticated(headers: IncomingHeaders): Promise<Viewer> {
    if (!this.#auth) throw new Refusal(503, 'Clients cannot be authenticated yet.')
    const admission = await this.#auth.authenticate(headers)
    if (admission.kind === 'admitted') return SEES_ALL
    if (admission.reason === 'busy') throw new Refusal(429, 'Too many clients are being authenticated.')
    if (admission.reason === 'failed') throw new Refusal(503, 'Clients cannot be authenticated now.')
    throw new Refusal(401, 'Credentials are needed.', this.#auth.challenge)
  }
}
