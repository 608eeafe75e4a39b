import type { TlsOptions } from 'node:tls'
import { describeError } from '../component/errors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { systemClock, type Clock } from './clock.ts'
import { readClientCa, readServerPem, serverTlsOptions, type ServerPem } from './tls_server.ts'
import type { TlsServerConfig } from './tls_server_config.ts'

/** How often the authorities of clients are looked at, in milliseconds. */
const CLIENT_CA_MS = 5_000

/**
 * The certificates of a server, read again as configured. Their bytes are compared, not the times of
 * the files: Kubernetes moves links, and file systems may have coarse times.
 */
export class ServerCertificates {
  readonly #tls: TlsServerConfig
  readonly #log: Logger
  readonly #clock: Clock
  #pem: ServerPem | undefined
  #complained = false
  #stopped = false
  readonly #cancels = new Set<() => void>()

  constructor(tls: TlsServerConfig, log: Logger, clock: Clock = systemClock) {
    this.#tls = tls
    this.#log = log
    this.#clock = clock
  }

  /**
   * Reads the certificates; rejects with the key and the file when that fails.
   * @param onChange is called with what new connections shall use, as often as the files change
   */
  async start(onChange: (options: TlsOptions) => void): Promise<TlsOptions> {
    this.#pem = await readServerPem(this.#tls)
    const options = serverTlsOptions(this.#tls, this.#pem)
    const { reload_interval, client_ca_file, client_ca_file_reload } = this.#tls
    if (reload_interval > 0) {
      this.#every(reload_interval, onChange, async (pem) => {
        return { ...(await readServerPem(this.#tls)), clientCa: pem.clientCa }
      })
    }
    if (client_ca_file !== undefined && client_ca_file_reload) {
      this.#every(CLIENT_CA_MS, onChange, async (pem) => {
        return { ...pem, clientCa: await readClientCa(this.#tls) }
      })
    }
    return options
  }

  /** Ends the reading. May be repeated. */
  stop(): void {
    this.#stopped = true
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #every(
    ms: number,
    onChange: (options: TlsOptions) => void,
    read: (pem: ServerPem) => Promise<ServerPem>,
  ): void {
    if (this.#stopped) return
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel)
      void this.#again(onChange, read).then(() => this.#every(ms, onChange, read))
    })
    this.#cancels.add(cancel)
  }

  async #again(
    onChange: (options: TlsOptions) => void,
    read: (pem: ServerPem) => Promise<ServerPem>,
  ): Promise<void> {
    try {
      const pem = await read(this.#pem as ServerPem)
      if (!this.#stopped && !isSame(pem, this.#pem as ServerPem)) this.#change(pem, onChange)
      this.#complained = false
    } catch (error) {
      this.#complain(error)
    }
  }

  #change(pem: ServerPem, onChange: (options: TlsOptions) => void): void {
    const options = serverTlsOptions(this.#tls, pem)
    this.#pem = pem
    onChange(options)
    this.#log.info('Certificates were read again.')
  }

  /** Once, until it works again: a certificate and its key may well be replaced one after the other. */
  #complain(error: unknown): void {
    if (this.#complained) return
    this.#complained = true
    const fields = { error: describeError(error) }
    this.#log.warn(fields, 'Certificates cannot be read again, going on with the old ones.')
  }
}

function isSame(one: ServerPem, other: ServerPem): boolean {
  const { clientCa } = one
  const sameCa = clientCa && other.clientCa ? clientCa.equals(other.clientCa) : true
  return sameCa && one.cert.equals(other.cert) && one.key.equals(other.key)
}
