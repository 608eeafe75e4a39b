import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { BufferPool } from '../../src/helpers/buffer_pool.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import { SendingQueue } from '../../src/helpers/sending_queue.ts'
import type { Batch, Kind } from '../../src/pdata/batch.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { OtlpClient } from './client.ts'
import type { OtlpGrpcConfig } from './config.ts'
import { readCredentials } from './credentials.ts'
import { gzipBody } from './gzip.ts'
import { signalOf, SIGNALS } from './signals.ts'
import { splitBatch } from './split.ts'

const MIB = 1024 * 1024

/** Sends batches to an OTLP endpoint. Each kind of data has a queue of its own. */
export class OtlpGrpcExporter implements Exporter {
  readonly #settings: Settings
  readonly #config: OtlpGrpcConfig
  readonly #drops: DropLog
  readonly #queues: ReadonlyMap<Kind, SendingQueue>
  readonly #out = new ProtoWriter()
  readonly #pool = new BufferPool()
  #client: OtlpClient | undefined

  constructor(settings: Settings, config: OtlpGrpcConfig) {
    this.#settings = settings
    this.#config = config
    this.#drops = new DropLog(settings.log, settings.counters)
    const kinds = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]
    this.#queues = new Map(kinds.map((kind) => [kind, this.#queue(kind, SIGNALS[kind].path)]))
  }

  /** Reads certificates. Does not connect: an endpoint that refuses is tried again later. */
  async start(): Promise<void> {
    const credentials = await readCredentials(this.#config)
    this.#client = new OtlpClient(this.#config, credentials, this.#settings.version)
  }

  async export(batch: Batch): Promise<Outcome> {
    const queue = this.#queues.get(batch.kind) as SendingQueue
    const refusal = queue.refusal(batch.itemCount)
    if (refusal) return refusal
    const maxBytes = this.#config.max_send_msg_size_mib * MIB
    const { requests, tooLarge } = splitBatch(
      signalOf(batch),
      batch,
      maxBytes,
      this.#out,
      this.#pool,
    )
    const outcome = await queue.offer(requests)
    if (outcome.kind === 'accepted') this.#dropTooLarge(tooLarge)
    return outcome
  }

  async shutdown(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.shutdown()))
    this.#drops.end()
    this.#client?.close()
    this.#client = undefined
  }

  #queue(kind: Kind, path: string): SendingQueue {
    const { sending_queue, retry_on_failure, timeout, compression } = this.#config
    return new SendingQueue({
      queue: sending_queue,
      retry: retry_on_failure,
      timeoutMs: timeout,
      send: async (body, attempt) => {
        if (!this.#client) return { kind: 'retry', reason: 'not started' }
        return this.#client.send(path, body, attempt)
      },
      ...(compression === 'gzip' && { prepare: gzipBody }),
      log: this.#settings.log,
      counters: this.#settings.counters.of(kind),
      observed: { meter: this.#settings.meter, kind },
    })
  }

  #dropTooLarge(items: number): void {
    this.#settings.counters.countIn(items)
    this.#drops.drop('too_large', items)
    if (items === 0) this.#drops.calm()
  }
}
