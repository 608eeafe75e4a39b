/** gRPC's frame: one byte "compressed", four of length, the message. */
const FRAME_HEADER_BYTES = 5

/** A message that is compressed already, for a channel that does not compress. */
export interface Precompressed {
  readonly message: Buffer
  /** True once it has been put into a frame that says so. */
  readonly framed: () => boolean
}

/**
 * grpc-js compresses by itself only, with gzip at zlib's level 6 and on the way to the wire, and puts
 * everything else into a frame marked as not compressed. It fills the frame by the message's own
 * `copy`, so that is where the mark is set. Should a later grpc-js fill it in another way, `framed`
 * stays false and requests are sent without compression.
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
