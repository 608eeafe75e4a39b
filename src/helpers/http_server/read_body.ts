import type { Readable } from 'node:stream'
import type { PendingShare } from './pending_bytes.ts'

/** What was read of a request, or why it was given up. */
export type ReadBody =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  /** More than may be. */
  | { readonly kind: 'too_large' }
  /** No room for it now. */
  | { readonly kind: 'busy' }
  /** The client went away. */
  | { readonly kind: 'gone' }

/** How much is read. */
export interface ReadLimits {
  readonly maxBytes: number
  readonly share: PendingShare
  /** Tells by the first bytes, of `headBytes` or more, that the rest would be too much. */
  readonly head?: { readonly bytes: number; readonly tooLarge: (head: Buffer) => boolean }
}

/**
 * Reads a stream to its end, into memory of its own size. Where it gives up it stops listening, and
 * the stream is paused.
 */
export function readBody(stream: Readable, limits: ReadLimits): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    let head = limits.head
    const finish = (result: ReadBody): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onClose)
      if (result.kind !== 'whole') stream.pause()
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > limits.maxBytes) return finish({ kind: 'too_large' })
      if (!limits.share.add(chunk.length)) return finish({ kind: 'busy' })
      chunks.push(chunk)
      if (!head || length < head.bytes) return
      const first = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      if (head.tooLarge(first)) return finish({ kind: 'too_large' })
      head = undefined
    }
    // A copy, although there may be one chunk only: that one may be a small part of a large buffer.
    const onEnd = (): void => finish({ kind: 'whole', bytes: Buffer.concat(chunks, length) })
    const onClose = (): void => finish({ kind: 'gone' })
    stream.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}
