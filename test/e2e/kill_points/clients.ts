import { setTimeout as sleep } from 'node:timers/promises'
import { GrpcSender, sendHttp } from '../../interop/otlp_client.ts'
import { sampleRequest } from '../../interop/samples.ts'
import { countItems, type Signal } from '../../kit/otlp.ts'
import type { Below } from '../../kit/random.ts'

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs']
const SIZES = [1, 4, 16]

const requests = SIGNALS.flatMap((signal) =>
  SIZES.map((size) => {
    const body = sampleRequest(signal, size)
    return { signal, body, items: countItems(signal, body) }
  }),
)

/** What clients were told. */
export interface Told {
  /** Items of requests that were answered with success. */
  taken: number
  /** Requests that were answered otherwise, or not at all. */
  failed: number
}

/** Clients of both protocols that send whatever the seed says, one request after another. */
export class Clients {
  readonly told: Told = { taken: 0, failed: 0 }
  readonly #below: Below
  readonly #running: Promise<void>[]
  #goesOn = true

  constructor({ grpcPort, httpPort }: { grpcPort: number; httpPort: number }, below: Below) {
    this.#below = below
    const grpc = new GrpcSender(grpcPort)
    const overGrpc = (signal: Signal, body: Buffer): Promise<void> => grpc.send(signal, body)
    const overHttp = (signal: Signal, body: Buffer): Promise<void> =>
      sendHttp(httpPort, signal, body)
    this.#running = [overGrpc, overGrpc, overHttp, overHttp].map((send) => this.#sendOn(send))
    void Promise.all(this.#running).then(() => grpc.close())
  }

  /** Ends them; resolves when each has its last answer. */
  async stop(): Promise<Told> {
    this.#goesOn = false
    await Promise.all(this.#running)
    return this.told
  }

  async #sendOn(send: (signal: Signal, body: Buffer) => Promise<void>): Promise<void> {
    while (this.#goesOn) {
      const { signal, body, items } = requests[this.#below(requests.length)]!
      await send(signal, body).then(
        () => (this.told.taken += items),
        () => this.told.failed++,
      )
      await sleep(this.#below(4))
    }
  }
}
