/** The smallest buffer that is made, and the most that is kept for later use, in bytes. */
const SMALLEST = 64 * 1024
const KEPT = 4 * 1024 * 1024

/**
 * Buffers that go round, by powers of two. V8 counts memory outside its heap and collects garbage for
 * every 64 MiB of it that are made, however little of the heap changed; at 40,000 spans a second
 * that was a quarter of the agent's CPU.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>()
  #kept = 0

  /** A buffer of at least `bytes`, with any content. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    const free = this.#free.get(size)?.pop()
    if (!free) return Buffer.allocUnsafeSlow(size)
    this.#kept -= size
    return free
  }

  /** Ends the use of a buffer that `take` gave; nobody may touch it any more. */
  giveBack(buffer: Buffer): void {
    const { length } = buffer
    if (this.#kept + length > KEPT) return
    const list = this.#free.get(length)
    if (list) list.push(buffer)
    else this.#free.set(length, [buffer])
    this.#kept += length
  }
}

function sizeFor(bytes: number): number {
  let size = SMALLEST
  while (size < bytes) size *= 2
  return size
}
