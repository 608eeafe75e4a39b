import type { SecureContext } from 'node:tls'
import type { Clock } from '../helpers/clock.ts'
import { ConnectionPool } from '../helpers/http_pool.ts'
import { Renewable } from '../helpers/renewable.ts'
import { clientSecureContext, readClientPem } from '../helpers/tls_client.ts'
import { ClientCertificates } from '../helpers/tls_client_certificates.ts'
import type { TlsClientConfig } from '../helpers/tls_client_config.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Access } from './access.ts'
import type { ClientCertificate } from './credentials.ts'

/** Connections to one API server, which are made anew when its certificates or ours change. */
export class Transport {
  readonly #access: Access
  readonly #certificates: ClientCertificates
  #pool: Renewable<ConnectionPool> | undefined
  #used: ClientCertificate | undefined

  constructor(access: Access, log: Logger, clock: Clock) {
    this.#access = access
    this.#certificates = new ClientCertificates(access.tls, log, clock)
  }

  /** Reads the certificates; does not connect. */
  async start(): Promise<void> {
    const context = await this.#certificates.start((next) => this.#renew(next))
    this.#pool = new Renewable(this.#poolOf(context), (old) => old.close())
  }

  /** The connections as they are now. */
  get pool(): Renewable<ConnectionPool> {
    if (!this.#pool) throw new Error('not started')
    return this.#pool
  }

  /** Takes the certificate that a program gave, where it is another one than before. */
  async use(certificate: ClientCertificate | undefined): Promise<void> {
    if (!certificate || certificate === this.#used) return
    this.#used = certificate
    this.#renew(await contextWith(this.#access.tls, certificate))
  }

  /** Ends all connections. */
  close(): void {
    this.#certificates.stop()
    this.#pool?.close()
  }

  #renew(context: SecureContext): void {
    this.#pool?.renew(this.#poolOf(context))
  }

  #poolOf(context: SecureContext): ConnectionPool {
    const { tls, proxy } = this.#access
    return new ConnectionPool({ tls, proxy_url: proxy }, context)
  }
}

async function contextWith(
  tls: TlsClientConfig,
  { cert, key }: ClientCertificate,
): Promise<SecureContext> {
  const pem = await readClientPem(tls)
  return clientSecureContext(tls, { ...pem, cert: Buffer.from(cert), key: Buffer.from(key) })
}
