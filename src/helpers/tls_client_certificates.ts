import type { SecureContext } from 'node:tls'
import { describeError } from '../component/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { systemClock, type Clock } from './clock.ts'
import { clientSecureContext, readClientPem, samePem, type ClientPem } from './tls_client.ts'
import type { TlsClientConfig } from './tls_client_config.ts'

/**
 * The certificates of a client, read again every `reload_interval`. Their bytes are compared, not the
 * times of the files: certificates come as files that are replaced, as links that are moved, and on
 * file systems with coarse times, and they are small.
 */
export class ClientCertificates {
  readonly #tls: TlsClientConfig
  readonly #log: Logger
  readonly #clock: Clock
  #pem: ClientPem | undefined
  #stale = false
  #stopped = false
  #cancel: () => void = () => {}

  constructor(tls: TlsClientConfig, log: Logger, clock: Clock = systemClock) {
    this.#tls = tls
    this.#log = log
    this.#clock = clock
  }

  /**
   * Reads the certificates; rejects with the key and the file when that fails.
   * @param onChange is called with what new connections shall use, as often as the files change
   */
  async start(onChange: (context: SecureContext) => void): Promise<SecureContext> {
    this.#pem = await readClientPem(this.#tls)
    const context = clientSecureContext(this.#tls, this.#pem)
    this.#later(onChange)
    return context
  }

  /** Ends the reading. May be repeated. */
  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #later(onChange: (context: SecureContext) => void): void {
    const { reload_interval, ca_file, cert_file } = this.#tls
    if (this.#stopped || reload_interval === 0 || !(ca_file ?? cert_file)) return
    this.#cancel = this.#clock.after(reload_interval, () => void this.#again(onChange))
  }

  async #again(onChange: (context: SecureContext) => void): Promise<void> {
    try {
      const pem = await readClientPem(this.#tls)
      if (!this.#stopped && !samePem(pem, this.#pem as ClientPem)) this.#change(pem, onChange)
      this.#stale = false
    } catch (error) {
      this.#complain(error)
    }
    this.#later(onChange)
  }

  #change(pem: ClientPem, onChange: (context: SecureContext) => void): void {
    const context = clientSecureContext(this.#tls, pem)
    this.#pem = pem
    this.#log.info('Certificates were read again.')
    onChange(context)
  }

  /** Once, until it works again: a certificate and its key may well be replaced one after the other. */
  #complain(error: unknown): void {
    if (this.#stale) return
    this.#stale = true
    const fields = { error: describeError(error) }
    this.#log.warn(fields, 'Certificates cannot be read again, going on with the old ones.')
  }
}
