import { Episode } from '../../src/helpers/episode.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import type { Exchange } from './open_exchanges.ts'

/** One line when clients begin to send what is no OTLP, and one with their number when it is over. */
export class MalformedLog {
  readonly #episode: Episode
  #first: object = {}

  constructor(log: Logger) {
    this.#episode = new Episode({
      begins: () => log.warn(this.#first, 'A request that cannot be read, its sender is told.'),
      ends: (requests) => log.warn({ requests }, 'Requests that could not be read.'),
    })
  }

  /** One more. */
  add({ protocol, signal, peer }: Exchange, problem: string): void {
    this.#first = { protocol, signal, peer, problem }
    this.#episode.add(1)
  }

  /** A request that could be read. */
  calm(): void {
    this.#episode.calm()
  }

  /** The end. */
  end(): void {
    this.#episode.end()
  }
}
