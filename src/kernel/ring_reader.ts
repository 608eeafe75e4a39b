import type { RingBuffer } from 'libbpf-addon'
import { RecentPeak } from '../helpers/recent_peak.ts'
import { type RecordBuffer, RecordBuffers } from './record_buffers.ts'

/** Milliseconds between looks at a ring that had data, and at one that had none for a while. */
const BUSY_MS = 50
const IDLE_MS = 100

/** How long the fullest moment of a ring is remembered, in milliseconds. */
const PEAK_WINDOW_MS = 60_000

/**
 * Empties a ring buffer at intervals. The kernel programs wake nobody: a wake-up costs the traced
 * process about as much as the record itself, a look at an empty ring costs this one two
 * microseconds.
 */
export class RingReader {
  readonly #ring: RingBuffer
  readonly #buffers: RecordBuffers
  readonly #onRecords: (buffer: RecordBuffer, count: number) => void
  #timer: NodeJS.Timeout | undefined
  #looking = false
  #wait = BUSY_MS
  readonly #peak = new RecentPeak(PEAK_WINDOW_MS)

  /**
   * @param onRecords gets a buffer with at least one record, to give back when it is done with
   */
  constructor(
    ring: RingBuffer,
    onRecords: (buffer: RecordBuffer, count: number) => void,
    buffers: RecordBuffers = new RecordBuffers(),
  ) {
    this.#ring = ring
    this.#onRecords = onRecords
    this.#buffers = buffers
  }

  /** Begins to look. */
  start(): void {
    this.#looking = true
    this.#lookLater()
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => this.#look(), this.#wait)
  }

  /** Takes what is there and looks no more. */
  stop(): void {
    this.#looking = false
    clearTimeout(this.#timer)
    this.drain()
  }

  /** Ends the use of a buffer that `onRecords` got. */
  giveBack(buffer: RecordBuffer): void {
    this.#buffers.giveBack(buffer)
  }

  /** Takes all that is in the ring while there are buffers; returns how many records that were. */
  drain(): number {
    let records = 0
    for (;;) {
      const buffer = this.#buffers.take()
      if (!buffer) return records
      const count = this.#ring.drain(buffer.bytes, buffer.index)
      if (count === 0) {
        this.#buffers.giveBack(buffer)
        return records
      }
      records += count
      this.#onRecords(buffer, count)
    }
  }

  /** Bytes that waited in the ring at the fullest look of the last minute or two. */
  get peak(): number {
    return this.#peak.value
  }

  #look(): void {
    this.#peak.note(this.#ring.available())
    const records = this.drain()
    this.#wait = records > 0 ? BUSY_MS : Math.min(IDLE_MS, this.#wait + 10)
    // Whoever got the records may have stopped us.
    if (this.#looking) this.#lookLater()
  }
}
