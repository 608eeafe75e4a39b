import type { Settings } from '../component/settings.ts'
import { isStorage, type StoredQueue } from '../component/storage.ts'
import type { Batch, Kind } from '../pdata/batch.ts'
import type { Outcome } from '../pdata/delivery.ts'
import type { RequestLimits } from '../pdata/otlp_encode.ts'
import { checkItems } from '../pdata/otlp_request.ts'
import type { Clock } from './clock.ts'
import type { Send } from './send_result.ts'
import { batchSizer, type SendingConfig } from './sending_config.ts'
import { SendingQueue } from './sending_queue.ts'
import { DestinationStatus } from './sending_status.ts'

/** What is particular to one queue of an exporter. */
export interface QueueOfKind {
  readonly kind: Exclude<Kind, 'observations'>
  readonly send: Send
  /** Work on a body that is done once for all its attempts: compression. */
  readonly prepare?: (body: Buffer) => Promise<Buffer>
  readonly clock?: Clock
}

/** Makes the queues of one exporter of OTLP requests, which share a configuration and a status. */
export class SendingSetup {
  /** What requests may be at most. */
  readonly limits: RequestLimits
  readonly #settings: Settings
  readonly #config: SendingConfig
  readonly #status: DestinationStatus

  /** @param maxBytes of a request, before compression */
  constructor(settings: Settings, config: SendingConfig, maxBytes: number) {
    this.#settings = settings
    this.#config = config
    this.#status = new DestinationStatus(settings.status)
    this.limits = limitsOf(config, maxBytes)
  }

  /** The queue for one kind of data. Begin it with `start`, after what `send` needs. */
  queue({ kind, send, prepare, clock }: QueueOfKind): SendingQueue {
    const { log, counters, meter } = this.#settings
    const { sending_queue, retry_on_failure, timeout } = this.#config
    const { storage } = sending_queue
    return new SendingQueue({
      queue: sending_queue,
      retry: retry_on_failure,
      timeoutMs: timeout,
      send,
      ...(prepare && { prepare }),
      ...(clock && { clock }),
      ...(storage !== undefined && { storage: () => this.#openStorage(storage, kind) }),
      maxBytes: this.limits.maxBytes,
      log,
      counters: counters.of(kind),
      status: this.#status,
      observed: { meter, kind },
    })
  }

  /**
   * Why a batch must not be put together with others: one sender's fault would lose the data of all.
   * Undefined when it may.
   */
  malformed(batch: Batch): Outcome | undefined {
    if (!this.#config.sending_queue.batch || batch.kind === 'observations') return undefined
    return checkItems(batch) && { kind: 'rejected', reason: 'malformed' }
  }

  async #openStorage(id: string, kind: Kind): Promise<StoredQueue> {
    const { host, id: own } = this.#settings
    const extension = host.extension(id)
    if (!extension) throw new Error(`sending_queue.storage: service.extensions has no "${id}"`)
    if (isStorage(extension)) return extension.queue(ownerOf(own, kind))
    throw new Error(`sending_queue.storage: "${id}" is not a storage extension`)
  }
}

function limitsOf({ sending_queue }: SendingConfig, maxBytes: number): RequestLimits {
  const { batch } = sending_queue
  if (!batch || batch.max_size === 0) return { maxBytes }
  if (batchSizer(sending_queue) === 'items') return { maxBytes, maxItems: batch.max_size }
  return { maxBytes: Math.min(maxBytes, batch.max_size) }
}

/** As the Collector calls the owners of storages: role, type, name and signal. */
function ownerOf(id: string, kind: Kind): string {
  const slash = id.indexOf('/')
  const [type, name] = slash === -1 ? [id, ''] : [id.slice(0, slash), id.slice(slash + 1)]
  return `exporter_${type}_${name}_${kind}`
}
