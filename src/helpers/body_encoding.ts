import type { Logger } from '../telemetry/logger.ts'
import { compress, decompress, encodingOf, type Encoding } from './compression.ts'

/** How bodies are to be written. */
export interface BodyEncodingOptions {
  readonly wanted: Encoding
  /** The codec's own level; a fast one unless given. */
  readonly level?: number
  readonly log: Logger
}

/** One way to send a body. */
export interface EncodedAttempt<R> {
  /** Makes an attempt with a body that is written so. */
  readonly attempt: (body: Buffer, encoding: Encoding) => Promise<R>
  /** Whether the destination read the body, or may have failed because it could not. */
  readonly judge: (result: R) => 'read' | 'maybe_unread' | 'unknown'
}

/** What a destination that does not read an encoding gets instead, in this order. */
const WEAKER: Readonly<Record<Encoding, readonly Encoding[]>> = {
  zstd: ['gzip', 'identity'],
  gzip: ['identity'],
  deflate: ['gzip', 'identity'],
  identity: [],
}

/**
 * How the bodies for one destination are compressed. A destination may not know the configured way and
 * says so in no certain words, so a compressed request that fails as if it were that is sent again in
 * weaker ways at once. Where one of them is read, it stays; where all fail, compression was not it.
 */
export class BodyEncoding {
  readonly #options: BodyEncodingOptions
  #now: Encoding
  /** True once the destination has read something compressed: another failure has another cause. */
  #known = false

  constructor(options: BodyEncodingOptions) {
    this.#options = options
    this.#now = options.wanted
  }

  /** Compresses a body, on another thread, before it waits. */
  prepare(body: Buffer): Promise<Buffer> {
    return this.#write(body, this.#now)
  }

  /** Sends a body that `prepare` gave, now or when the configuration was another. */
  async send<R>(body: Buffer, how: EncodedAttempt<R>): Promise<R> {
    const written = await this.#rewrite(body)
    const encoding = encodingOf(written)
    const result = await how.attempt(written, encoding)
    if (encoding === 'identity' || this.#known) return result
    const judgement = how.judge(result)
    if (judgement === 'read') this.#known = true
    if (judgement !== 'maybe_unread') return result
    return (await this.#sendWeaker(written, encoding, how)) ?? result
  }

  async #sendWeaker<R>(
    body: Buffer,
    from: Encoding,
    { attempt, judge }: EncodedAttempt<R>,
  ): Promise<R | undefined> {
    const plain = await decompress(body)
    for (const next of WEAKER[from]) {
      const written = await this.#write(plain, next)
      const result = await attempt(written, encodingOf(written))
      if (judge(result) === 'maybe_unread') continue
      if (judge(result) === 'read') this.#fallBack(next)
      return result
    }
    return undefined
  }

  #fallBack(to: Encoding): void {
    if (this.#now === to) return
    const fields = { compression: this.#now, instead: to === 'identity' ? 'none' : to }
    this.#options.log.warn(fields, 'Destination does not read the configured compression.')
    this.#now = to
  }

  async #rewrite(body: Buffer): Promise<Buffer> {
    const from = encodingOf(body)
    if (from === this.#now || from === 'identity') return body
    return this.#write(await decompress(body), this.#now)
  }

  #write(plain: Buffer, to: Encoding): Promise<Buffer> {
    const { wanted, level } = this.#options
    return compress(plain, to, to === wanted ? level : undefined)
  }
}
