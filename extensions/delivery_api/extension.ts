import type { Settings } from '../../src/component/settings.ts'
import { systemClock, type Clock } from '../../src/helpers/clock.ts'
import type { DeliveryServer, DeliverySource } from '../../src/helpers/delivery/source.ts'
import { PageServer, type PageAnswer, type PageRequest } from '../../src/helpers/page_server.ts'
import { Access } from './access.ts'
import { Answers } from './answers.ts'
import type { DeliveryApiConfig } from './config.ts'
import { isLoopback } from './loopback.ts'
import { Sources } from './sources.ts'

/** `delivery_api`: up before the connectors that it serves and until they have ended. */
export class DeliveryApiExtension implements DeliveryServer {
  readonly #settings: Settings
  readonly #config: DeliveryApiConfig
  readonly #sources = new Sources()
  readonly #access: Access
  readonly #server: PageServer

  constructor(settings: Settings, config: DeliveryApiConfig, clock: Clock = systemClock) {
    this.#settings = settings
    this.#config = config
    this.#access = new Access(settings, config)
    const answers = new Answers({ settings, access: this.#access, sources: this.#sources, clock })
    const answer = (request: PageRequest): Promise<PageAnswer> => answers.answer(request)
    this.#server = new PageServer({ answer, log: settings.log, tls: config.tls })
  }

  async start(): Promise<void> {
    await this.#access.start()
    const { endpoint, tls, auth } = this.#config
    const { log } = this.#settings
    if (auth && !tls && !isLoopback(endpoint.host)) {
      log.warn('Credentials of clients cross the network as they are: configure tls.')
    }
    const url = await this.#server.start(endpoint)
    log.info({ url }, 'Serving deliveries.')
  }

  async shutdown(): Promise<void> {
    await this.#server.shutdown()
    await this.#access.shutdown()
  }

  serve(owner: string, source: DeliverySource): () => void {
    return this.#sources.add(owner, source)
  }
}
