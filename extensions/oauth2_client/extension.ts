import type { RequestOptions } from 'node:http'
import type { SecureContext } from 'node:tls'
import type { ClientAuth, HeaderChanges } from '../../src/component/auth.ts'
import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import { ClientCertificates } from '../../src/helpers/tls_client_certificates.ts'
import { WatchedText } from '../../src/helpers/watched_text.ts'
import type { Oauth2ClientConfig } from './config.ts'
import { postForm } from './post_form.ts'
import { type Token, TokenError, tokenIn } from './token.ts'

/** How a client says who it is (RFC 6749, 2.3.1). */
type Way = 'header' | 'form'

/** `oauth2_client` as a component: gets tokens by the client credentials grant, and sends them. */
export class Oauth2ClientExtension implements ClientAuth {
  readonly #config: Oauth2ClientConfig
  readonly #clock: Clock
  readonly #certificates: ClientCertificates
  readonly #id: WatchedText
  readonly #secret: WatchedText
  #context: SecureContext | undefined
  #token: (Token & { readonly renewAt: number }) | undefined
  #getting: Promise<Token> | undefined
  /** How the server wants it; undefined until it has given out a token. */
  #way: Way | undefined

  constructor({ log }: Settings, config: Oauth2ClientConfig, clock: Clock = systemClock) {
    const { client_id, client_id_file, client_secret, client_secret_file } = config
    this.#config = config
    this.#clock = clock
    this.#certificates = new ClientCertificates(config.tls, log, clock)
    const id = { option: 'client_id_file', text: client_id, file: client_id_file }
    this.#id = new WatchedText(id, log, clock)
    const text = client_secret?.reveal()
    const secret = { option: 'client_secret_file', text, file: client_secret_file }
    this.#secret = new WatchedText(secret, log, clock)
  }

  /** Reads files; asks for no token yet, so that the agent starts without the server. */
  async start(): Promise<void> {
    await Promise.all([this.#id.start(), this.#secret.start()])
    if (!this.#config.token_url.startsWith('https:')) return
    this.#context = await this.#certificates.start((next) => (this.#context = next))
  }

  async shutdown(): Promise<void> {
    this.#certificates.stop()
  }

  async headers(): Promise<HeaderChanges> {
    const { authorization } = await this.#valid()
    return { authorization }
  }

  async #valid(): Promise<Token> {
    const token = this.#token
    if (token && this.#clock.now() < token.renewAt) return token
    this.#getting ??= this.#renew().finally(() => (this.#getting = undefined))
    return this.#getting
  }

  async #renew(): Promise<Token> {
    // What the token's time is counted from: it may have been made as soon as it was asked for.
    const asked = this.#clock.now()
    const token = await this.#get()
    const { lifetimeMs } = token
    const buffer = Math.min(this.#config.expiry_buffer, lifetimeMs / 2)
    this.#token = { ...token, renewAt: asked + lifetimeMs - buffer }
    return token
  }

  /** Servers differ in where they look for the secret: what worked is what is done from then on. */
  async #get(): Promise<Token> {
    const ways: readonly Way[] = this.#way ? [this.#way] : ['header', 'form']
    for (const [i, way] of ways.entries()) {
      try {
        const token = await this.#ask(way)
        this.#way = way
        return token
      } catch (cause) {
        const again = cause instanceof TokenError && cause.isUnknownClient && i + 1 < ways.length
        if (!again) throw new Error(`get a token of ${this.#config.token_url}`, { cause })
      }
    }
    throw new Error('no way to ask for a token')
  }

  async #ask(way: Way): Promise<Token> {
    const [id, secret] = await Promise.all([this.#id.get(), this.#secret.get()])
    const { token_url, timeout, scopes, endpoint_params } = this.#config
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (scopes.length > 0) form.set('scope', scopes.join(' '))
    for (const [name, value] of Object.entries(endpoint_params)) {
      for (const one of [value].flat()) form.append(name, one)
    }
    if (way === 'form') {
      form.set('client_id', id)
      form.set('client_secret', secret)
    }
    const headers = way === 'header' ? { authorization: basic(id, secret) } : undefined
    const url = new URL(token_url)
    const options = this.#tls()
    return tokenIn(
      await postForm({ url, form, headers: headers ?? {}, timeoutMs: timeout, options }),
    )
  }

  #tls(): RequestOptions {
    const { insecure_skip_verify, server_name_override } = this.#config.tls
    if (!this.#context) return { agent: false }
    const options = {
      agent: false as const,
      secureContext: this.#context,
      rejectUnauthorized: !insecure_skip_verify,
      ...(server_name_override !== undefined && { servername: server_name_override }),
    }
    return options
  }
}

function basic(id: string, secret: string): string {
  const text = `${formEncoded(id)}:${formEncoded(secret)}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** As RFC 6749, 2.3.1 has it. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
