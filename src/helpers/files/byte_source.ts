import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

/** What a file's bytes are read from. */
export interface ByteSource {
  /** How many bytes there are by now; infinite where that is known only at their end. */
  size(): Promise<number>
  /** Fills `buffer` from the bytes at `position`; resolves with how many there were, 0 at the end. */
  read(buffer: Buffer, position: number): Promise<number>
  /** Ends the use. */
  close(): Promise<void>
}

/** The bytes of a file as they stand in it. */
export class PlainSource implements ByteSource {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    return (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/**
 * What was compressed with gzip, also in several members. It is read from its beginning to its end:
 * to go back begins anew, to go forward reads what lies between.
 */
export class GzipSource implements ByteSource {
  readonly #path: string
  #pieces: AsyncGenerator<Buffer> | undefined
  #piece = Buffer.alloc(0)
  #at = 0

  constructor(path: string) {
    this.#path = path
  }

  size(): Promise<number> {
    return Promise.resolve(Number.POSITIVE_INFINITY)
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    if (position < this.#at || !this.#pieces) await this.#begin()
    let filled = 0
    while (filled < buffer.length && (await this.#hasPiece())) {
      const skipped = Math.min(Math.max(position - this.#at, 0), this.#piece.length)
      const copied = this.#piece.copy(buffer, filled, skipped)
      this.#piece = this.#piece.subarray(skipped + copied)
      this.#at += skipped + copied
      filled += copied
    }
    return filled
  }

  async close(): Promise<void> {
    await this.#pieces?.return(undefined)
  }

  async #begin(): Promise<void> {
    await this.close()
    this.#at = 0
    this.#piece = Buffer.alloc(0)
    this.#pieces = pieces(this.#path)
  }

  async #hasPiece(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces?.next()
      if (!next || next.done) return false
      this.#piece = next.value as Buffer<ArrayBuffer>
    }
    return true
  }
}

async function* pieces(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const plain = createGunzip({ chunkSize: 256 * 1024 })
  file.on('error', (error) => plain.destroy(error))
  try {
    for await (const piece of file.pipe(plain)) yield piece as Buffer
  } finally {
    file.destroy()
    plain.destroy()
  }
}
