import type { Logger } from '../telemetry/logger.ts'
import type { Clock } from '../helpers/clock.ts'
import { WatchedText } from '../helpers/watched_text.ts'

/** A certificate and its key, as PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

/** As whom the API server is asked. */
export interface Credentials {
  /** Headers of one request; asked before each. Rejects where there are none for now. */
  headers(): Promise<Readonly<Record<string, string>>>
  /** The server did not know us (401): what is given next is got anew. */
  refused(): void
  /** The certificate that belongs to the headers that were given last; undefined where there is none. */
  readonly certificate?: ClientCertificate | undefined
}

/** Always the same headers. */
export function fixedCredentials(headers: Readonly<Record<string, string>>): Credentials {
  return { headers: async () => headers, refused: () => {} }
}

/** The token in a file, which the kubelet replaces before it expires. */
export class TokenFile implements Credentials {
  readonly #option: string
  readonly #file: string
  readonly #log: Logger
  readonly #clock: Clock
  #text: WatchedText

  /** @param option what names the file, for errors */
  constructor(option: string, file: string, log: Logger, clock: Clock) {
    this.#option = option
    this.#file = file
    this.#log = log
    this.#clock = clock
    this.#text = this.#watched()
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    return { authorization: `Bearer ${await this.#text.get()}` }
  }

  refused(): void {
    this.#text = this.#watched()
  }

  #watched(): WatchedText {
    return new WatchedText({ option: this.#option, file: this.#file }, this.#log, this.#clock)
  }
}
