import type { ClientInfo } from '../../src/pdata/delivery.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import type { Protocol, RequestOutcome } from './metrics.ts'
import type { PendingShare } from '../../src/helpers/http_server/pending_bytes.ts'

/** One request of a client's, from its headers to its answer. */
export interface Exchange {
  readonly protocol: Protocol
  readonly signal: Signal
  /** The client's address. */
  readonly peer: string
  /** Who sends it, where that is known. */
  client: ClientInfo | undefined
  /** What it holds of the bytes that may be pending. */
  readonly share: PendingShare
  /** True from when it was handed on until the pipelines know what became of it. */
  isInPipelines: boolean
  /** What became of it so far. */
  outcome: RequestOutcome
}

/** The requests that are under way. */
export class OpenExchanges {
  readonly #open = new Set<Exchange>()
  readonly #reading = new Set<Exchange>()
  readonly #waiting = new Set<{ readonly of: Set<Exchange>; readonly resolve: () => void }>()

  /** A request begins. */
  add(exchange: Exchange): void {
    this.#open.add(exchange)
    this.#reading.add(exchange)
  }

  /** True until it is over. */
  has(exchange: Exchange): boolean {
    return this.#open.has(exchange)
  }

  /** It has been read to its end. */
  read(exchange: Exchange): void {
    if (this.#reading.delete(exchange)) this.#wake()
  }

  /** It is over. */
  end(exchange: Exchange): void {
    this.#open.delete(exchange)
    this.#reading.delete(exchange)
    this.#wake()
  }

  /** Resolves when every request that has begun has been read to its end. */
  allRead(): Promise<void> {
    return this.#empty(this.#reading)
  }

  /** Resolves when every request that has begun is over. */
  allEnded(): Promise<void> {
    return this.#empty(this.#open)
  }

  async #empty(of: Set<Exchange>): Promise<void> {
    if (of.size === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add({ of, resolve })
    await promise
  }

  #wake(): void {
    for (const waiting of this.#waiting) {
      if (waiting.of.size > 0) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
    }
  }
}
