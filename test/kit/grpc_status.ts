import protobuf from 'protobufjs'

const retryInfoUrl = 'type.googleapis.com/google.rpc.RetryInfo'

/** What a server says of a failure: words, and perhaps when to try again. */
export interface StatusDetails {
  code: number
  message: string
  retryAfterMs?: number
}

/**
 * Encodes a google.rpc.Status, with a RetryInfo where `retryAfterMs` is given: the trailer
 * `grpc-status-details-bin` of gRPC, the body of a failure over HTTP.
 */
export function encodeStatusDetails({ code, message, retryAfterMs }: StatusDetails): Buffer {
  const writer = protobuf.Writer.create()
  writer.uint32(8).int32(code).uint32(18).string(message)
  if (retryAfterMs !== undefined) writeRetryInfo(writer, retryAfterMs)
  return Buffer.from(writer.finish())
}

function writeRetryInfo(writer: protobuf.Writer, ms: number): void {
  writer.uint32(26).fork()
  writer.uint32(10).string(retryInfoUrl)
  writer.uint32(18).fork()
  writer.uint32(10).fork()
  writer.uint32(8).int64(Math.floor(ms / 1000))
  writer.uint32(16).int32(Math.round((ms % 1000) * 1e6))
  writer.ldelim().ldelim().ldelim()
}
