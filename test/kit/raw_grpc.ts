import { createServer, type Http2Server, type IncomingHttpHeaders } from 'node:http2'
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { atEnd } from './cleanup.ts'

// A gRPC server of few words on bare HTTP/2: it sees frames as they are and answers what it is told,
// also what no library would let it say.

/** A unary call as it came. */
export interface RawCall {
  path: string
  headers: IncomingHttpHeaders
  /** The byte in front of the message: 1 for a compressed one. */
  flag: number
  /** The message as it came. */
  message: Buffer
}

/** What it is answered with. */
export interface RawReply {
  /** The bytes of the answer's stream, in a frame or not. */
  body?: Buffer
  headers?: Record<string, string>
  trailers?: Record<string, string>
}

/** A running server. */
export interface RawGrpc {
  endpoint: string
  calls: RawCall[]
}

/** A message in gRPC's frame. */
export function grpcFrame(message: Buffer, flag = 0): Buffer {
  const frame = Buffer.alloc(5 + message.length)
  frame[0] = flag
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}

/** Plain success. */
export const GRPC_OK: RawReply = {
  body: grpcFrame(Buffer.alloc(0)),
  trailers: { 'grpc-status': '0' },
}

/** Starts a server; it ends with the test. */
export async function startRawGrpc(
  answer: (call: RawCall) => RawReply,
  listen: { port: number; host: string } | { path: string } = { port: 0, host: '127.0.0.1' },
): Promise<RawGrpc> {
  const calls: RawCall[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => void sessions.add(session))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
    stream.on('end', () => {
      const call = callOf(headers, Buffer.concat(chunks))
      calls.push(call)
      reply(stream, answer(call))
    })
  })
  await new Promise<void>((resolve) => void server.listen(listen, resolve))
  atEnd('raw gRPC server', () => end(server, sessions))
  return { endpoint: endpointOf(server), calls }
}

function callOf(headers: IncomingHttpHeaders, bytes: Buffer): RawCall {
  const message = bytes.subarray(5)
  return { path: headers[':path'] ?? '', headers, flag: bytes[0] ?? 0, message }
}

function reply(stream: ServerHttp2Stream, { body, headers, trailers = {} }: RawReply): void {
  const first = { ':status': 200, 'content-type': 'application/grpc+proto', ...headers }
  stream.respond(first, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

function endpointOf(server: Http2Server): string {
  const address = server.address() as AddressInfo | string
  return typeof address === 'string' ? `unix://${address}` : `127.0.0.1:${address.port}`
}

function end(server: Http2Server, sessions: ReadonlySet<ServerHttp2Session>): Promise<void> {
  for (const session of sessions) session.destroy()
  return new Promise((resolve) => server.close(() => resolve()))
}
