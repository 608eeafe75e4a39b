/** A flag that says whether the message is compressed, and its length (4 bytes, big-endian). */
export const FRAME_HEAD_BYTES = 5

/** The message of a unary call, or what is wrong with it. */
export type GrpcMessage =
  | { readonly kind: 'message'; readonly bytes: Buffer; readonly isCompressed: boolean }
  | { readonly kind: 'broken'; readonly message: string }

/** The length of the message that a frame announces. */
export function announcedBytes(head: Buffer): number {
  return head.readUInt32BE(1)
}

/** Takes the one message of a unary call out of its frame. */
export function readFrame(body: Buffer): GrpcMessage {
  if (body.length < FRAME_HEAD_BYTES) return broken('the request has no message')
  const flag = body[0] as number
  if (flag > 1) return broken(`the message has the flags ${flag}, which gRPC does not know`)
  const announced = announcedBytes(body)
  const bytes = body.subarray(FRAME_HEAD_BYTES)
  if (bytes.length < announced) {
    return broken(`the message ends after ${bytes.length} of ${announced} bytes`)
  }
  if (bytes.length > announced) return broken('the request has more than one message')
  return { kind: 'message', bytes, isCompressed: flag === 1 }
}

/** Puts a message into a frame. */
export function frame(message: Buffer): Buffer {
  const out = Buffer.alloc(FRAME_HEAD_BYTES + message.length)
  out.writeUInt32BE(message.length, 1)
  message.copy(out, FRAME_HEAD_BYTES)
  return out
}

/**
 * A text as `grpc-message` has it: printable ASCII, the rest percent-encoded
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses).
 */
export function grpcText(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    out += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

function broken(message: string): GrpcMessage {
  return { kind: 'broken', message }
}
