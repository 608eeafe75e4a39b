import { InterceptingCall, type Interceptor } from '@grpc/grpc-js'

/** gRPC's frame: one byte "compressed", four of length, the message. */
const FRAME_HEADER_BYTES = 5
/** grpc-js' WriteFlags.NoCompress, which it does not export. */
const NO_COMPRESS = 2

/** A message that is compressed already, for a channel whose own compression is gzip. */
export interface Precompressed {
  readonly message: Buffer
  /** True once it has been put into a frame that says so. */
  readonly framed: () => boolean
}

/**
 * grpc-js compresses by itself only, always at zlib's level 6, and puts what shall not be compressed
 * into a frame marked as not compressed. It fills the frame by the message's own `copy`, so that is
 * where the mark is set. Should a later grpc-js fill it in another way, `framed` stays false and the
 * caller leaves compression to it.
 */
export function precompressed(body: Buffer): Precompressed {
  const message = body.subarray()
  let framed = false
  const copy: Buffer['copy'] = (target, targetStart, ...range) => {
    if (targetStart === FRAME_HEADER_BYTES && target.length === body.length + FRAME_HEADER_BYTES) {
      target[0] = 1
      framed = true
    }
    return body.copy(target, targetStart, ...range)
  }
  Object.defineProperty(message, 'copy', { value: copy })
  return { message, framed: () => framed }
}

class UncompressedCall extends InterceptingCall {
  override sendMessageWithContext(
    context: Parameters<InterceptingCall['sendMessageWithContext']>[0],
    message: unknown,
  ): void {
    super.sendMessageWithContext({ ...context, flags: NO_COMPRESS }, message)
  }
}

/** Keeps grpc-js from compressing the message of a call; the header still says gzip. */
export const withoutCompression: Interceptor = (options, nextCall) =>
  new UncompressedCall(nextCall(options))
