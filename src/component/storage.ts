import type { Extension } from './component.ts'

/** A request as it is kept: bytes of which the storage knows nothing but how many items they hold. */
export interface StorableRequest {
  readonly body: Buffer
  /** Spans, data points or log records in it. */
  readonly items: number
}

/** A request that is kept. The storage knows it again by identity. */
export interface StoredEntry {
  readonly items: number
  /** Bytes of its body. */
  readonly bytes: number
  /** It was being sent when the last process ended: the destination may have it. */
  readonly dispatched: boolean
}

/** What a stored queue can tell of itself. */
export interface StorageFacts {
  /** Bytes that it takes of the disk. */
  readonly bytes: number
  /** Damaged stretches that were found, and could not be read. */
  readonly damaged: number
}

/**
 * Requests that outlive the process, first in, first out. The order of `put` is the order of
 * `recovered` after the next start. Nothing of it blocks this thread.
 */
export interface StoredQueue {
  /** What earlier processes put and nobody removed, oldest first. */
  readonly recovered: readonly StoredEntry[]
  readonly facts: StorageFacts
  /**
   * Keeps all of `requests`, or none of them; resolves once they outlive the end of this process.
   * Their bodies may be used again then. Rejects with `StorageFull` when there is no room.
   */
  put(requests: readonly StorableRequest[]): Promise<readonly StoredEntry[]>
  /** The body of an entry. Rejects with `Unreadable` when it is damaged. */
  read(entry: StoredEntry): Promise<Buffer>
  /** Notes that entries are going to be sent: should the process end, their copies are duplicates. */
  dispatch(entries: readonly StoredEntry[]): Promise<void>
  /** Ends the keeping of entries, and gives their room back. */
  remove(entries: readonly StoredEntry[]): Promise<void>
  /** Ends the use: what was not removed is found by the next to open it, who may do so at once. */
  close(): Promise<void>
}

/** An extension that keeps what others must not lose. */
export interface StorageExtension extends Extension {
  /**
   * Opens the queue of an owner. Damage never makes it reject: what can be read is recovered.
   * @param owner names it for good, `exporter_otlp_grpc_eu_traces`; any characters
   */
  queue(owner: string): Promise<StoredQueue>
}

/** There is no room for what shall be kept; there may be later. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull'
}

/** What was kept is damaged. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** True for an extension that keeps data for others. */
export function isStorage(extension: Extension): extension is StorageExtension {
  return 'queue' in extension && typeof extension.queue === 'function'
}
