import type { Writable } from 'node:stream'
import type { Logger } from '../../src/telemetry/logger.ts'

/** Where text goes: standard output, or any stream. */
export type TextStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** Line width where the output is no terminal. */
const DEFAULT_COLUMNS = 120
/** How long `close` waits for a reader who does not read. */
const CLOSE_TIMEOUT_MS = 500

/**
 * Text on a stream that may be slow or go away. Nothing waits here beyond the stream's own buffer:
 * who writes asks `ready` first, and leaves out what cannot be taken.
 */
export class Output {
  readonly #stream: TextStream
  readonly #log: Logger
  #gone = false

  constructor(stream: TextStream, log: Logger) {
    this.#stream = stream
    this.#log = log
  }

  /** Begins to listen for the reader's going away. */
  open(): void {
    this.#stream.on('error', this.#onError)
  }

  /** False while the reader is behind, and for good once the reader has gone. */
  get ready(): boolean {
    return !this.#gone && !this.#stream.writableNeedDrain
  }

  /** Characters in a line. */
  get columns(): number {
    return this.#stream.columns || DEFAULT_COLUMNS
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** Writes whole lines; gone without a word where `ready` is false. */
  write(text: string): void {
    if (this.ready) this.#stream.write(text)
  }

  /** Resolves when all is written, or after half a second. The stream stays open. */
  async close(): Promise<void> {
    if (!this.#gone && !(await this.#flushed())) return
    this.#gone = true
    this.#stream.off('error', this.#onError)
  }

  #flushed(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), CLOSE_TIMEOUT_MS)
      this.#stream.write('', (error) => {
        clearTimeout(timer)
        // The stream tells its listeners of an error after this, so they must stay.
        resolve(!error)
      })
    })
  }

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#gone = true
    // `waggle run | head` is no mishap.
    if (error.code === 'EPIPE') this.#log.debug('Output closed by its reader, printing ends.')
    else this.#log.warn({ err: error }, 'Output failed, printing ends.')
  }
}
