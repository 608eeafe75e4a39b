/** Bytes that one drain of a ring buffer can fill, and how many records can be among them. */
export const BUFFER_BYTES = 256 * 1024
const MAX_RECORDS = 2048

/** Memory for records and their index: offset and length of each, as `RingBuffer.drain` fills it. */
export interface RecordBuffer {
  readonly bytes: Buffer
  readonly index: Uint32Array
}

/**
 * Buffers that go round: taken to be filled, given back once the batch over them is settled. At most
 * `limit` exist; while all are out, the ring buffer is where data waits, and there the kernel counts
 * what it cannot keep.
 */
export class RecordBuffers {
  readonly #free: RecordBuffer[] = []
  readonly #limit: number
  #made = 0

  constructor(limit: number = 64) {
    this.#limit = limit
  }

  /** A buffer, or undefined while all are out. */
  take(): RecordBuffer | undefined {
    const free = this.#free.pop()
    if (free || this.#made === this.#limit) return free
    this.#made++
    return {
      bytes: Buffer.from(new ArrayBuffer(BUFFER_BYTES)),
      index: new Uint32Array(MAX_RECORDS * 2),
    }
  }

  /** Ends a buffer's use. */
  giveBack(buffer: RecordBuffer): void {
    this.#free.push(buffer)
  }

  /** Buffers that are out. */
  get out(): number {
    return this.#made - this.#free.length
  }
}
