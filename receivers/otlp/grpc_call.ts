import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { OTLP_SERVICES, OTLP_SIGNALS } from '../../src/helpers/otlp_signals.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { CODE, failed, tooLarge, type Answer, type Failure, type Success } from './answer.ts'
import { responseBytes, statusBytes } from './answer_bytes.ts'
import type { Clients } from './clients.ts'
import { announcedBytes, frame, FRAME_HEAD_BYTES, grpcText, readFrame } from './grpc_message.ts'
import { GRPC_ENCODINGS, type Coding } from '../../src/helpers/http_server/inflate.ts'
import { BUSY, ENDING, type Intake } from './intake.ts'
import type { Exchange } from './open_exchanges.ts'
import { readBody } from '../../src/helpers/http_server/read_body.ts'

const SIGNAL_AT: ReadonlyMap<string, Signal> = new Map(
  OTLP_SIGNALS.map((signal) => [OTLP_SERVICES[signal].grpcPath, signal]),
)
const ENCODINGS: ReadonlySet<string> = new Set(GRPC_ENCODINGS)
const ACCEPTED = GRPC_ENCODINGS.join(',')
const NOTHING = frame(Buffer.alloc(0))

/** What calls are answered with. */
export interface CallContext {
  readonly intake: Intake
  readonly clients: Clients
  /** Largest message, compressed and not. */
  readonly maxBytes: number
  /** True once no new calls are taken. */
  readonly isEnding: () => boolean
}

/** Answers one call. Never rejects. */
export async function answerCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  context: CallContext,
): Promise<void> {
  // What fails on a stream fails for its client only, and closes it.
  stream.on('error', () => {})
  if (!isGrpc(headers)) return refuse(stream, 415)
  const signal = SIGNAL_AT.get(String(headers[':path']))
  if (!signal) return respond(stream, failed(CODE.unimplemented, 404, unknownMethod(headers)))
  if (context.isEnding()) return respond(stream, ENDING)
  const { intake } = context
  const exchange = intake.begin('grpc', signal, peerOf(stream))
  const onClose = (): void => intake.end(exchange, 'gone')
  stream.once('close', onClose)
  const answer = await answerOf(stream, headers, exchange, context)
  if (!answer || stream.destroyed) return intake.end(exchange, 'gone')
  stream.off('close', onClose)
  respond(stream, answer)
  intake.end(exchange, 'answered')
}

/** Undefined where the client went away. */
async function answerOf(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  exchange: Exchange,
  { intake, clients, maxBytes }: CallContext,
): Promise<Answer | undefined> {
  const known = await clients.know(headers)
  if (stream.destroyed) return undefined
  if (known.kind === 'refused') {
    intake.unauthenticated(exchange, known.reason)
    return known.answer
  }
  exchange.client = known.client
  const encoding = String(headers['grpc-encoding'] ?? 'identity')
  if (!ENCODINGS.has(encoding)) {
    return failed(CODE.unimplemented, 400, `grpc-encoding "${encoding}" is not supported`)
  }
  const read = await readBody(stream, {
    maxBytes: FRAME_HEAD_BYTES + maxBytes,
    share: exchange.share,
    head: { bytes: FRAME_HEAD_BYTES, tooLarge: (head) => announcedBytes(head) > maxBytes },
  })
  if (read.kind === 'gone') return undefined
  if (read.kind === 'busy') return BUSY
  if (read.kind === 'too_large') return tooLarge(maxBytes)
  const message = readFrame(read.bytes)
  if (message.kind === 'broken') return failed(CODE.internal, 400, message.message)
  const { bytes, isCompressed } = message
  if (isCompressed && encoding === 'identity') {
    return failed(
      CODE.internal,
      400,
      'the message is compressed, and grpc-encoding does not say how',
    )
  }
  const coding = isCompressed ? (encoding as Coding) : 'identity'
  return intake.take(exchange, { bytes, coding, json: false, maxBytes })
}

function respond(stream: ServerHttp2Stream, answer: Answer): void {
  if (stream.destroyed || stream.headersSent) return
  if (answer.kind === 'taken') succeed(stream, answer)
  else fail(stream, answer)
}

function succeed(stream: ServerHttp2Stream, answer: Success): void {
  const bytes = responseBytes(answer)
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTED },
    { waitForTrailers: true },
  )
  stream.end(bytes.length === 0 ? NOTHING : frame(bytes))
}

/** Headers and trailers in one, as gRPC has it where there is no message. */
function fail(stream: ServerHttp2Stream, failure: Failure): void {
  const { code, message, retryAfterMs, violation } = failure
  const hasDetails = retryAfterMs !== undefined || violation !== undefined
  const headers = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-accept-encoding': ACCEPTED,
    'grpc-status': String(code),
    'grpc-message': grpcText(message),
    ...(hasDetails && { 'grpc-status-details-bin': base64(statusBytes(failure)) }),
  }
  stream.respond(headers, { endStream: true })
  giveUpRest(stream)
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status }, { endStream: true })
  giveUpRest(stream)
}

/** A client that is sending still is told that the rest is not wanted (RFC 9113, 8.1). */
function giveUpRest(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'] ?? ''
  return headers[':method'] === 'POST' && /^application\/grpc(?:[+;]|$)/.test(type)
}

function unknownMethod(headers: IncomingHttpHeaders): string {
  return `unknown method ${String(headers[':path'])}`
}

/** Values of `-bin` are base64, and receivers take it without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

function peerOf(stream: ServerHttp2Stream): string {
  return stream.session?.socket.remoteAddress ?? 'unix'
}
