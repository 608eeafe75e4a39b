import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import grpc from '@grpc/grpc-js'
import { makeCertificates, type Certificates } from './certificates.ts'
import { atEnd } from './cleanup.ts'
import { encodeStatusDetails } from './grpc_status.ts'
import { countItems, decodeRequest, encodeAnswer, logs, points, spans } from './otlp.ts'
import type { LogView, PointView, Requests, Signal, SpanView } from './otlp.ts'

/** How the sink answers one request. */
export type Answer =
  | { kind: 'ok'; delayMs?: number }
  /** Success that refuses some items. */
  | { kind: 'partial'; rejected: bigint; message: string; delayMs?: number }
  /** A gRPC status, with RetryInfo where `retryAfterMs` is given. */
  | { kind: 'status'; code: number; message?: string; retryAfterMs?: number; delayMs?: number }
  /** Success with these bytes as the answer's message. */
  | { kind: 'bytes'; bytes: Buffer; delayMs?: number }
  /** Closes the connection without an answer. */
  | { kind: 'hang_up'; delayMs?: number }
  /** Never answers. */
  | { kind: 'silence' }

/** One request as it came in, whatever was answered. */
export interface Received<S extends Signal = Signal> {
  signal: S
  /** The message, decompressed. */
  bytes: Buffer
  /** What strict decoding made of it; undefined where only counts are kept. */
  request: Requests[S] | undefined
  /** Why strict decoding refused it. */
  problem: Error | undefined
  /** Spans, data points or log records. */
  items: number
  /** All headers as they came, those that gRPC keeps for itself among them. */
  headers: IncomingHttpHeaders
  /** The encoding that the message was really compressed with. */
  compression: string
  /** The length of the message on the wire, compressed. */
  wireBytes: number
  /** Address and port of the client. */
  peer: string
  /** The subject of the client's certificate, with mTLS. */
  clientName: string | undefined
  answer: Answer
}

export interface OtlpSinkOptions {
  host?: string
  port?: number
  /** `tls` has a certificate for localhost; `mtls` wants one from the client as well. */
  security?: 'plain' | 'tls' | 'mtls'
  /** What `tls` and `mtls` use; made for the sink unless given. */
  certificates?: Certificates
  /** Requests above this many bytes are refused with RESOURCE_EXHAUSTED. */
  maxReceiveBytes?: number
  /** Counts items only: neither keeps nor checks requests. */
  countOnly?: boolean
  /** Is told of every request. */
  onRequest?: (received: Received) => void
}

/** What the sink has counted, by signal: of all requests and of those that it accepted. */
export interface Tally {
  requests: number
  items: number
  acceptedRequests: number
  acceptedItems: number
  bytes: number
  wireBytes: number
}

const paths = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const

const signals = ['traces', 'metrics', 'logs'] as const
const streamCreated = 'http2.server.stream.created'
const streamHeader = 'x-otlp-sink-stream'

type Call = grpc.ServerUnaryCall<Buffer, Buffer>
type Reply = grpc.sendUnaryData<Buffer>

/** What grpc-js hides from its handlers: all headers, and the frame as it was on the wire. */
interface Wire {
  headers: IncomingHttpHeaders
  isCompressed: boolean
  wireBytes: number
  socket: Socket | undefined
}

/** A gRPC server for OTLP that keeps what it gets and answers as told. */
export class OtlpSink {
  /** Every request, in the order of arrival. */
  readonly received: Received[] = []
  readonly tallies: Record<Signal, Tally> = {
    traces: noTally(),
    metrics: noTally(),
    logs: noTally(),
  }
  readonly certificates: Certificates | undefined
  /** How many connections were ever opened. */
  connections = 0
  /** Bytes of closed connections; `bytesReceived` adds the open ones. */
  #closedBytes = 0
  #options: OtlpSinkOptions
  #server: grpc.Server
  #injector: ReturnType<grpc.Server['createConnectionInjector']>
  #listener: NetServer | undefined
  #port = 0
  #sockets = new Set<Socket>()
  #wires = new Map<string, Wire>()
  #streams = 0
  #script: Answer[] = []
  #standing: Answer | ((received: Received) => Answer) = { kind: 'ok' }
  #forget: () => void

  constructor(options: OtlpSinkOptions, certificates: Certificates | undefined) {
    this.#options = options
    this.certificates = certificates
    const { maxReceiveBytes = 4 * 1024 * 1024 } = options
    this.#server = new grpc.Server({
      'grpc.max_receive_message_length': maxReceiveBytes,
      'grpc.enable_channelz': 0,
    })
    for (const signal of signals) this.#serve(signal)
    this.#injector = this.#server.createConnectionInjector(credentials(options, certificates))
    subscribe(streamCreated, this.#onStream)
    this.#forget = atEnd('OTLP sink', () => this.stop())
  }

  /** The port, kept while the sink refuses connections. */
  get port(): number {
    return this.#port
  }

  /** `host:port`, as exporters want it. */
  get endpoint(): string {
    const { host = '127.0.0.1' } = this.#options
    return `${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  /** Bytes received on all connections, TLS and HTTP/2 included. */
  get bytesReceived(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, this.#closedBytes)
  }

  /** Answers the next requests so, one each; then the standing answer holds again. */
  script(...answers: Answer[]): void {
    this.#script.push(...answers)
  }

  /** Answers every request so from now on, scripted ones apart. */
  answerWith(answer: Answer | ((received: Received) => Answer)): void {
    this.#standing = answer
  }

  /** Listens again after `refuse`; a fresh sink listens already. */
  async accept(): Promise<void> {
    if (this.#listener) return
    const { host = '127.0.0.1', port = 0 } = this.#options
    const listener = createServer((socket) => this.#connect(socket))
    this.#listener = listener
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(this.#port || port, host, resolve)
    })
    this.#port = (listener.address() as AddressInfo).port
  }

  /** Stops listening and closes every connection: clients get ECONNREFUSED until `accept`. */
  async refuse(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    const closed = new Promise<void>((resolve) =>
      listener ? listener.close(() => resolve()) : resolve(),
    )
    this.hangUp()
    await closed
  }

  /** Closes every connection; new ones are welcome. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends the sink. */
  async stop(): Promise<void> {
    this.#forget()
    unsubscribe(streamCreated, this.#onStream)
    await this.refuse()
    this.#injector.destroy()
    this.#server.forceShutdown()
  }

  /** The accepted requests of a signal; throws when any request broke the protocol. */
  requests<S extends Signal>(signal: S): Requests[S][] {
    const broken = this.received.find((received) => received.problem)
    if (broken?.problem) throw broken.problem
    return this.received
      .filter((received) => received.signal === signal && isAcceptance(received.answer))
      .map((received) => received.request as Requests[S])
  }

  /** The spans that were accepted. */
  spans(): SpanView[] {
    return spans(...this.requests('traces'))
  }

  /** The data points that were accepted. */
  points(): PointView[] {
    return points(...this.requests('metrics'))
  }

  /** The log records that were accepted. */
  logs(): LogView[] {
    return logs(...this.requests('logs'))
  }

  /** Forgets all requests, not the script. */
  clear(): void {
    this.received.length = 0
    for (const signal of signals) this.tallies[signal] = noTally()
  }

  #connect(socket: Socket): void {
    this.connections += 1
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#closedBytes += socket.bytesRead
    })
    this.#injector.injectConnection(socket)
  }

  // grpc-js takes headers such as grpc-encoding away before a handler sees them. The diagnostics
  // channel shows each stream earlier; a header of ours leads the handler back to what was noted.
  #onStream = (message: unknown): void => {
    const { stream, headers } = message as {
      stream: ServerHttp2Stream
      headers: IncomingHttpHeaders
    }
    const { localPort, remotePort } = stream.session?.socket ?? {}
    const socket = [...this.#sockets].find((own) => own.remotePort === remotePort)
    if (!socket || localPort !== this.#port) return
    const wire: Wire = { headers: { ...headers }, isCompressed: false, wireBytes: 0, socket }
    const key = String(this.#streams++)
    headers[streamHeader] = key
    this.#wires.set(key, wire)
    stream.once('close', () => this.#wires.delete(key))
    // Not `on`, which would set the stream flowing before grpc-js reads it.
    stream.prependListener('data', (chunk: Buffer) => {
      if (wire.wireBytes === 0) wire.isCompressed = chunk[0] === 1
      wire.wireBytes += chunk.length
    })
  }

  #serve(signal: Signal): void {
    const name = paths[signal].slice(1, -'/Export'.length)
    const asIs = (bytes: Buffer) => bytes
    const method = {
      path: paths[signal],
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    }
    const handle = (call: Call, reply: Reply) => void this.#handle(signal, call, reply)
    this.#server.addService({ [name]: method }, { [name]: handle })
  }

  async #handle(signal: Signal, call: Call, reply: Reply): Promise<void> {
    const wire = this.#wires.get(String(call.metadata.get(streamHeader)[0]))
    const received = this.#receive(signal, call, wire)
    this.#count(received)
    if (!this.#options.countOnly) this.received.push(received)
    this.#options.onRequest?.(received)
    const { answer } = received
    if ('delayMs' in answer && answer.delayMs) await sleep(answer.delayMs)
    if (answer.kind === 'hang_up') wire?.socket?.destroy()
    else if (answer.kind !== 'silence') send(signal, answer, reply)
  }

  #receive(signal: Signal, call: Call, wire: Wire | undefined): Received {
    const headers = wire?.headers ?? {}
    const received: Received = {
      signal,
      bytes: call.request,
      request: undefined,
      problem: undefined,
      items: countItems(signal, call.request),
      headers,
      compression: wire?.isCompressed ? String(headers['grpc-encoding']) : 'identity',
      wireBytes: wire?.wireBytes ?? 0,
      peer: call.getPeer(),
      clientName: call.getAuthContext().sslPeerCertificate?.subject?.CN?.toString(),
      answer: { kind: 'ok' },
    }
    if (!this.#options.countOnly) decodeInto(received)
    received.answer = this.#answerTo(received)
    return received
  }

  #answerTo(received: Received): Answer {
    const { problem } = received
    if (problem) return invalid(problem)
    const scripted = this.#script.shift()
    if (scripted) return scripted
    return typeof this.#standing === 'function' ? this.#standing(received) : this.#standing
  }

  #count({ signal, items, bytes, wireBytes, answer }: Received): void {
    const tally = this.tallies[signal]
    tally.requests += 1
    tally.items += items
    tally.bytes += bytes.length
    tally.wireBytes += wireBytes
    if (!isAcceptance(answer)) return
    tally.acceptedRequests += 1
    tally.acceptedItems += items - (answer.kind === 'partial' ? Number(answer.rejected) : 0)
  }
}

function noTally(): Tally {
  const zero = { requests: 0, items: 0, acceptedRequests: 0, acceptedItems: 0 }
  return { ...zero, bytes: 0, wireBytes: 0 }
}

function isAcceptance(answer: Answer): boolean {
  return answer.kind === 'ok' || answer.kind === 'partial' || answer.kind === 'bytes'
}

function decodeInto(received: Received): void {
  try {
    received.request = decodeRequest(received.signal, received.bytes)
  } catch (cause) {
    received.problem = cause as Error
  }
}

function invalid(problem: Error): Answer {
  return { kind: 'status', code: grpc.status.INVALID_ARGUMENT, message: problem.message }
}

function send(
  signal: Signal,
  answer: Extract<Answer, { kind: 'ok' | 'partial' | 'status' | 'bytes' }>,
  reply: Reply,
): void {
  if (answer.kind === 'bytes') return reply(null, answer.bytes)
  if (answer.kind === 'ok') return reply(null, encodeAnswer(signal, { rejected: 0n, message: '' }))
  if (answer.kind === 'partial') return reply(null, encodeAnswer(signal, answer))
  const { code, message = '', retryAfterMs } = answer
  const metadata = new grpc.Metadata()
  if (retryAfterMs !== undefined) {
    metadata.set('grpc-status-details-bin', encodeStatusDetails({ code, message, retryAfterMs }))
  }
  reply({ code, details: message, metadata })
}

function credentials(
  { security = 'plain' }: OtlpSinkOptions,
  certificates: Certificates | undefined,
): grpc.ServerCredentials {
  if (!certificates) return grpc.ServerCredentials.createInsecure()
  const { ca, server } = certificates
  const pair = { private_key: server.key, cert_chain: server.cert }
  return grpc.ServerCredentials.createSsl(ca, [pair], security === 'mtls')
}

/** Starts a sink; it ends with the test. */
export async function startOtlpSink(options: OtlpSinkOptions = {}): Promise<OtlpSink> {
  const isPlain = (options.security ?? 'plain') === 'plain'
  const made = isPlain ? undefined : (options.certificates ?? (await makeCertificates()))
  const sink = new OtlpSink(options, made)
  await sink.accept()
  return sink
}
