import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { makeCertificates, type Certificates } from './certificates.ts'
import { atEnd } from './cleanup.ts'
import { encodeStatusDetails } from './grpc_status.ts'
import { countItems, decodeJsonRequest, decodeRequest, encodeAnswer } from './otlp.ts'
import { logs, points, spans } from './otlp.ts'
import type { LogView, PointView, Requests, Signal, SpanView } from './otlp.ts'

/** How the sink answers one request. */
export type HttpAnswer =
  | { kind: 'ok'; delayMs?: number }
  /** Success that refuses some items. */
  | { kind: 'partial'; rejected: bigint; message: string }
  /** A status; `message` comes as a google.rpc.Status in the request's own format, or as text. */
  | {
      kind: 'status'
      code: number
      message?: string
      text?: string
      headers?: Record<string, string>
    }
  /** 200 with this body. */
  | { kind: 'body'; type: string; body: Buffer }
  /** These bytes instead of an answer; then the connection is closed. */
  | { kind: 'raw'; bytes: string }
  /** Closes the connection without an answer. */
  | { kind: 'hang_up' }
  /** Never answers. */
  | { kind: 'silence' }

/** One request as it came in. */
export interface HttpReceived<S extends Signal = Signal> {
  signal: S
  path: string
  headers: IncomingHttpHeaders
  format: 'proto' | 'json'
  /** `Content-Encoding`, `identity` where there is none. */
  encoding: string
  /** The body, decompressed. */
  bytes: Buffer
  wireBytes: number
  items: number
  request: Requests[S] | undefined
  problem: Error | undefined
  /** Which of the sink's connections it came on, counted from 1. */
  connection: number
  /** The subject of the client's certificate, with mTLS. */
  clientName: string | undefined
  answer: HttpAnswer
}

/** What the sink is. */
export interface OtlpHttpSinkOptions {
  /** `tls` has a certificate for localhost; `mtls` wants one from the client as well. */
  security?: 'plain' | 'tls' | 'mtls'
  certificates?: Certificates
  /** Bodies above this many bytes, before or after decompression, are answered with 413. */
  maxBodyBytes?: number
  /** Encodings that are read; others are answered with 415. */
  encodings?: readonly string[]
}

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: gunzipSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
}

/** An HTTP server for OTLP that keeps what it gets and answers as told. */
export class OtlpHttpSink {
  readonly received: HttpReceived[] = []
  readonly certificates: Certificates | undefined
  /** How many connections were ever opened. */
  connections = 0
  readonly #options: OtlpHttpSinkOptions
  readonly #server: Server
  readonly #sockets = new Map<Socket, number>()
  readonly #script: HttpAnswer[] = []
  #standing: HttpAnswer = { kind: 'ok' }
  #port = 0

  constructor(options: OtlpHttpSinkOptions, certificates: Certificates | undefined) {
    this.#options = options
    this.certificates = certificates
    this.#server = serverOf(options, certificates, (request, response) => {
      void this.#handle(request, response)
    })
    this.#server.on(certificates ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.set(socket, this.connections)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
    })
    atEnd('OTLP HTTP sink', () => this.refuse())
  }

  get port(): number {
    return this.#port
  }

  /** `http://host:port` or `https://host:port`, as exporters want it. */
  get endpoint(): string {
    return `${this.certificates ? 'https' : 'http'}://127.0.0.1:${this.#port}`
  }

  /** Answers the next requests so, one each; then the standing answer holds again. */
  script(...answers: HttpAnswer[]): void {
    this.#script.push(...answers)
  }

  /** Answers every request so from now on, scripted ones apart. */
  answerWith(answer: HttpAnswer): void {
    this.#standing = answer
  }

  /** Listens again after `refuse`; a fresh sink listens already. */
  async accept(): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Stops listening and closes every connection. */
  async refuse(): Promise<void> {
    this.hangUp()
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }

  /** Closes every connection; new ones are welcome. */
  hangUp(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  /** The accepted requests of a signal; throws when any request broke the protocol. */
  requests<S extends Signal>(signal: S): Requests[S][] {
    const broken = this.received.find(({ problem }) => problem)
    if (broken?.problem) throw broken.problem
    return this.received
      .filter((received) => received.signal === signal && isAcceptance(received.answer))
      .map(({ request }) => request as Requests[S])
  }

  spans(): SpanView[] {
    return spans(...this.requests('traces'))
  }

  points(): PointView[] {
    return points(...this.requests('metrics'))
  }

  logs(): LogView[] {
    return logs(...this.requests('logs'))
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (!body) return
    const received = this.#receive(request, body)
    this.received.push(received)
    const { answer } = received
    if (answer.kind === 'silence') return
    if (answer.kind === 'hang_up') return void request.socket.destroy()
    if (answer.kind === 'raw') return void request.socket.end(answer.bytes)
    if (answer.kind === 'ok' && answer.delayMs) await sleep(answer.delayMs)
    send(received, answer, response)
  }

  #receive({ url = '', headers, socket }: IncomingMessage, body: Buffer): HttpReceived {
    const encoding = headers['content-encoding'] ?? 'identity'
    const signal = signalOf(url)
    const received: HttpReceived = {
      signal,
      path: url,
      headers,
      format: headers['content-type'] === 'application/json' ? 'json' : 'proto',
      encoding,
      bytes: Buffer.alloc(0),
      wireBytes: body.length,
      items: 0,
      request: undefined,
      problem: undefined,
      connection: this.#sockets.get(socket) ?? 0,
      clientName: commonName(socket),
      answer: { kind: 'ok' },
    }
    received.answer = this.#refusal(encoding) ?? this.#decode(received, body)
    return received
  }

  #refusal(encoding: string): HttpAnswer | undefined {
    const { encodings = Object.keys(decoders) } = this.#options
    if (encodings.includes(encoding)) return undefined
    return { kind: 'status', code: 415, message: `unsupported Content-Encoding: ${encoding}` }
  }

  #decode(received: HttpReceived, body: Buffer): HttpAnswer {
    const { maxBodyBytes = Infinity } = this.#options
    const { signal, format, encoding } = received
    try {
      received.bytes = decoders[encoding]!(body)
      if (received.bytes.length > maxBodyBytes) {
        return { kind: 'status', code: 413, message: 'request body too large' }
      }
      const decode = format === 'json' ? decodeJsonRequest : decodeRequest
      received.request = decode(signal, received.bytes)
      received.items = format === 'proto' ? countItems(signal, received.bytes) : 0
      return this.#script.shift() ?? this.#standing
    } catch (cause) {
      received.problem = cause as Error
      return { kind: 'status', code: 400, message: received.problem.message }
    }
  }
}

function serverOf(
  { security = 'plain' }: OtlpHttpSinkOptions,
  certificates: Certificates | undefined,
  handle: RequestListener,
): Server {
  if (!certificates) return createHttpServer(handle)
  const { ca, server } = certificates
  const mutual = security === 'mtls' && { requestCert: true, rejectUnauthorized: true }
  return createHttpsServer({ ca, cert: server.cert, key: server.key, ...mutual }, handle)
}

function signalOf(path: string): Signal {
  const names = ['traces', 'metrics', 'logs'] as const
  return names.find((name) => path.includes(name)) ?? 'traces'
}

function isAcceptance({ kind }: HttpAnswer): boolean {
  return kind === 'ok' || kind === 'partial' || kind === 'body'
}

/** Undefined when the client went away before its end. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  } catch {
    return undefined
  }
}

function commonName(socket: Socket): string | undefined {
  if (!('getPeerCertificate' in socket)) return undefined
  const { CN } = (socket as TLSSocket).getPeerCertificate().subject ?? {}
  return CN === undefined ? undefined : String(CN)
}

function send(
  { signal, format }: HttpReceived,
  answer: Extract<HttpAnswer, { kind: 'ok' | 'partial' | 'status' | 'body' }>,
  response: ServerResponse,
): void {
  const type = format === 'json' ? 'application/json' : 'application/x-protobuf'
  if (answer.kind === 'body') {
    response.writeHead(200, { 'content-type': answer.type }).end(answer.body)
    return
  }
  if (answer.kind === 'status') {
    const { code, text, headers = {} } = answer
    const given = text === undefined ? type : 'text/plain; charset=utf-8'
    response.writeHead(code, { 'content-type': given, ...headers }).end(failure(format, answer))
    return
  }
  response.writeHead(200, { 'content-type': type }).end(success(signal, format, answer))
}

function success(
  signal: Signal,
  format: 'proto' | 'json',
  answer: Extract<HttpAnswer, { kind: 'ok' | 'partial' }>,
): Buffer | string {
  const { rejected, message } = answer.kind === 'ok' ? { rejected: 0n, message: '' } : answer
  if (format === 'proto') return encodeAnswer(signal, { rejected, message })
  const field = {
    traces: 'rejectedSpans',
    metrics: 'rejectedDataPoints',
    logs: 'rejectedLogRecords',
  }[signal]
  if (answer.kind === 'ok') return '{}'
  return JSON.stringify({ partialSuccess: { [field]: String(rejected), errorMessage: message } })
}

function failure(
  format: 'proto' | 'json',
  { message, text }: Extract<HttpAnswer, { kind: 'status' }>,
): Buffer | string {
  if (text !== undefined) return text
  if (message === undefined) return ''
  if (format === 'json') return JSON.stringify({ code: 3, message })
  return encodeStatusDetails({ code: 3, message })
}

/** Starts a sink; it ends with the test. */
export async function startOtlpHttpSink(options: OtlpHttpSinkOptions = {}): Promise<OtlpHttpSink> {
  const isPlain = (options.security ?? 'plain') === 'plain'
  const made = isPlain ? undefined : (options.certificates ?? (await makeCertificates()))
  const sink = new OtlpHttpSink(options, made)
  await sink.accept()
  return sink
}
