import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../src/helpers/clock.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import { tooLarge, unreadable, type Answer } from './answer.ts'
import type { Clients } from './clients.ts'
import { responseBytes, responseJson, statusBytes, statusJson } from './answer_bytes.ts'
import type { Coding } from '../../src/helpers/http_server/inflate.ts'
import { BUSY, ENDING, type Intake } from './intake.ts'
import type { Exchange } from './open_exchanges.ts'
import { readBody } from '../../src/helpers/http_server/read_body.ts'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
/** How long a client may go on sending what is not wanted after its answer, in milliseconds. */
const LINGER_MS = 1_000

/** What requests are answered with. */
export interface RequestContext {
  readonly intake: Intake
  readonly clients: Clients
  readonly clock: Clock
  /** Largest body, compressed and not. */
  readonly maxBytes: number
  /** What is sent where. */
  readonly signals: ReadonlyMap<string, Signal>
  /** Compressions that are taken. */
  readonly codings: ReadonlySet<string>
  /** How long after its headers a request must be answered, in milliseconds; 0 is no limit. */
  readonly writeTimeoutMs: number
  /** True once no new requests are taken. */
  readonly isEnding: () => boolean
}

/** Answers one request to a path of OTLP/HTTP, or says what is wrong with it. Never rejects. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  const signal = context.signals.get(pathOf(request))
  if (!signal) return say(response, 404, '404 page not found\n')
  if (request.method !== 'POST') {
    response.setHeader('Allow', 'POST')
    return say(response, 405, '405 method not allowed, supported: [POST]')
  }
  const type = mediaType(request)
  if (type !== PROTOBUF && type !== JSON_TYPE) {
    return say(response, 415, `415 unsupported media type, supported: [${JSON_TYPE}, ${PROTOBUF}]`)
  }
  const exchange = context.intake.begin('http', signal, request.socket.remoteAddress ?? 'unix')
  const cancel = limitTime(response, context)
  const onClose = (): void => context.intake.end(exchange, 'gone')
  response.once('close', onClose)
  const answer = await answerOf(request, exchange, type === JSON_TYPE, context)
  cancel()
  challenge(response, answer, context)
  if (!answer || response.destroyed) return context.intake.end(exchange, 'gone')
  response.off('close', onClose)
  if (context.isEnding()) response.setHeader('Connection', 'close')
  respond(response, answer, type, signal)
  context.intake.end(exchange, 'answered')
  if (!request.readableEnded) discardRest(request, context.clock)
}

/** Undefined where the client went away. */
async function answerOf(
  request: IncomingMessage,
  exchange: Exchange,
  json: boolean,
  { intake, clients, codings, maxBytes, isEnding }: RequestContext,
): Promise<Answer | undefined> {
  if (isEnding()) return ENDING
  const known = await clients.know(request.headersDistinct)
  if (request.destroyed) return undefined
  if (known.kind === 'refused') {
    intake.unauthenticated(exchange, known.reason)
    return known.answer
  }
  exchange.client = known.client
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase()
  const named = encoding === 'identity' ? '' : encoding
  if (!codings.has(named)) return unreadable(`unsupported Content-Encoding: ${encoding}`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes)
  const read = await readBody(request, { maxBytes, share: exchange.share })
  if (read.kind === 'gone') return undefined
  if (read.kind === 'busy') return BUSY
  if (read.kind === 'too_large') return tooLarge(maxBytes)
  const coding = named === '' ? 'identity' : (named as Coding)
  return intake.take(exchange, { bytes: read.bytes, coding, json, maxBytes })
}

/** RFC 9110, 15.5.2: who is not let in is told what to bring. */
function challenge(
  response: ServerResponse,
  answer: Answer | undefined,
  { clients }: RequestContext,
): void {
  if (answer?.kind !== 'failed' || answer.http !== 401 || !clients.challenge) return
  if (!response.headersSent) response.setHeader('WWW-Authenticate', clients.challenge)
}

function respond(response: ServerResponse, answer: Answer, type: string, signal: Signal): void {
  const json = type === JSON_TYPE
  if (answer.kind === 'taken') {
    const body = json ? responseJson(signal, answer) : responseBytes(answer)
    return write(response, 200, type, body)
  }
  const { http, retryAfterMs } = answer
  if (retryAfterMs !== undefined && (http === 429 || http === 503)) {
    response.setHeader('Retry-After', String(Math.ceil(retryAfterMs / 1000)))
  }
  write(response, http, type, json ? statusJson(answer) : statusBytes(answer))
}

function say(response: ServerResponse, status: number, text: string): void {
  write(response, status, 'text/plain; charset=utf-8', Buffer.from(text))
}

function write(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body)
}

function limitTime(
  response: ServerResponse,
  { clock, writeTimeoutMs }: RequestContext,
): () => void {
  if (writeTimeoutMs === 0) return () => {}
  return clock.after(writeTimeoutMs, () => response.destroy())
}

/**
 * Lets the client send on for a while, so that it can read its answer: a connection that is closed
 * while bytes come in loses what was sent on it.
 */
function discardRest(request: IncomingMessage, clock: Clock): void {
  const cancel = clock.after(LINGER_MS, () => request.destroy())
  request.once('close', cancel).once('end', cancel).resume()
}

function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

function mediaType({ headers }: IncomingMessage): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase()
}
