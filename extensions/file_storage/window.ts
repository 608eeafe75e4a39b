import type { FileHandle } from 'node:fs/promises'

const WINDOW_BYTES = 64 * 1024

/** Reads a file from front to back in large pieces. */
export class Window {
  readonly size: number
  readonly #file: FileHandle
  readonly #buffer = Buffer.allocUnsafe(WINDOW_BYTES)
  #from = 0
  #to = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** What there is from `at` on: `wanted` bytes at least, unless the file ends before. Valid until the next call. */
  async from(at: number, wanted: number): Promise<Buffer> {
    if (at < this.#from || Math.min(at + wanted, this.size) > this.#to) await this.#fill(at)
    return this.#buffer.subarray(at - this.#from, this.#to - this.#from)
  }

  async #fill(at: number): Promise<void> {
    let filled = 0
    const wanted = Math.min(WINDOW_BYTES, this.size - at)
    while (filled < wanted) {
      const { bytesRead } = await this.#file.read(
        this.#buffer,
        filled,
        wanted - filled,
        at + filled,
      )
      if (bytesRead === 0) break
      filled += bytesRead
    }
    this.#from = at
    this.#to = at + filled
  }
}
