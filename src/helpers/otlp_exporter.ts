import type { Exporter } from '../component/component.ts'
import type { Settings } from '../component/settings.ts'
import type { Batch } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import { requestsOf, type RequestBytes } from '../pdata/otlp_encode.ts'
import type { Signal } from '../pdata/otlp_request.ts'
import { ProtoWriter } from '../pdata/proto_writer.ts'
import { BufferPool } from './buffer_pool.ts'
import { DropLog } from './drop_log.ts'
import { OTLP_SERVICES, OTLP_SIGNALS } from './otlp_signals.ts'
import type { Attempt, EncodedRequest, SendResult } from './send_result.ts'
import type { SendingConfig } from './sending_config.ts'
import type { SendingQueue } from './sending_queue.ts'
import { SendingSetup } from './sending_setup.ts'

const MIB = 1024 * 1024

/** What carries requests to a destination. */
export interface OtlpTransport {
  /** Gets what it needs, such as certificates; does not connect. */
  start(): Promise<void>
  /** Work on a request that is done once for all its attempts: compression. */
  prepare(signal: Signal, body: Buffer): Promise<Buffer>
  /** Makes one attempt with what `prepare` gave. Never rejects. */
  send(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult>
  /** Ends connections. May be repeated, and come before `start` is over. */
  close(): void
}

/** Sends batches over OTLP, whatever carries it. Each signal has a queue of its own. */
export class OtlpExporter implements Exporter {
  readonly #settings: Settings
  readonly #transport: OtlpTransport
  readonly #setup: SendingSetup
  readonly #drops: DropLog
  readonly #queues: ReadonlyMap<string, SendingQueue>
  readonly #out = new ProtoWriter()
  readonly #pool = new BufferPool()

  /** @param maxMib largest request before compression, in MiB */
  constructor(settings: Settings, config: SendingConfig, maxMib: number, transport: OtlpTransport) {
    this.#settings = settings
    this.#transport = transport
    this.#setup = new SendingSetup(settings, config, maxMib * MIB)
    this.#drops = new DropLog(settings.log, settings.counters)
    this.#queues = new Map(OTLP_SIGNALS.map((signal) => [signal, this.#queue(signal)]))
  }

  /** An endpoint that refuses is no reason not to start: it is tried again later. */
  async start(): Promise<void> {
    await this.#transport.start()
    await Promise.all([...this.#queues.values()].map((queue) => queue.start()))
  }

  async export(batch: Batch): Promise<Outcome> {
    const queue = this.#queues.get(batch.kind) as SendingQueue
    const refusal = queue.refusal(batch.itemCount) ?? this.#setup.malformed(batch)
    if (refusal) return refusal
    const { requests, tooLarge } = requestsOf(batch, this.#setup.limits, this.#out)
    const { client } = batch.delivery
    const owned = requests.map((request) => ({ ...this.#owned(request), client }))
    const outcome = await queue.offer(owned)
    if (outcome.kind === 'accepted') this.#dropTooLarge(tooLarge)
    return outcome
  }

  async shutdown(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.shutdown()))
    this.#drops.end()
    this.#transport.close()
  }

  #queue(signal: Signal): SendingQueue {
    return this.#setup.queue({
      kind: signal,
      send: async (body, attempt) =>
        withCount(await this.#transport.send(signal, body, attempt), OTLP_SERVICES[signal].items),
      prepare: (body) => this.#transport.prepare(signal, body),
    })
  }

  /** A request that may wait while the writer goes on. */
  #owned({ body, items, borrowed }: RequestBytes): EncodedRequest {
    if (!borrowed) return { body, items }
    const buffer = this.#pool.take(body.length)
    body.copy(buffer)
    const copy = buffer.subarray(0, body.length)
    return { body: copy, items, release: () => this.#pool.giveBack(buffer) }
  }

  #dropTooLarge(items: number): void {
    this.#settings.counters.countIn(items)
    this.#drops.drop('too_large', items)
    if (items === 0) this.#drops.calm()
  }
}

/**
 * A destination says what was wrong with some items, and not always how many they were.
 * @param items what they are called, in the plural
 */
export function withCount(result: SendResult, items: string): SendResult {
  if (result.kind !== 'sent' || !result.rejected) return result
  const count = `${result.rejected} ${items} rejected`
  return { ...result, message: result.message ? `${count}: ${result.message}` : count }
}
