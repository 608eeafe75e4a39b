import protobuf from 'protobufjs'

const retryInfoUrl = 'type.googleapis.com/google.rpc.RetryInfo'

/** What a gRPC server says beside the status code: when to try again. */
export interface StatusDetails {
  code: number
  message: string
  retryAfterMs: number
}

/** Encodes a google.rpc.Status with a RetryInfo, as the trailer `grpc-status-details-bin` has it. */
export function encodeStatusDetails({ code, message, retryAfterMs }: StatusDetails): Buffer {
  const writer = protobuf.Writer.create()
  writer.uint32(8).int32(code).uint32(18).string(message)
  writer.uint32(26).fork()
  writer.uint32(10).string(retryInfoUrl)
  writer.uint32(18).fork()
  writer.uint32(10).fork()
  writer.uint32(8).int64(Math.floor(retryAfterMs / 1000))
  writer.uint32(16).int32(Math.round((retryAfterMs % 1000) * 1e6))
  writer.ldelim().ldelim().ldelim()
  return Buffer.from(writer.finish())
}
