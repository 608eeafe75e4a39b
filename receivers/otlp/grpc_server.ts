import { once } from 'node:events'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Host } from '../../src/component/host.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { ServerCertificates } from '../../src/helpers/tls_server_certificates.ts'
import type { Logger } from '../../src/telemetry/logger.ts'
import { Clients } from './clients.ts'
import { answerCall } from './grpc_call.ts'
import type { GrpcConfig } from './grpc_config.ts'
import type { Intake } from './intake.ts'
import { Keepalive } from './keepalive.ts'
import { listen, tellOfLostConnections } from '../../src/helpers/http_server/listen.ts'
import { within } from '../../src/helpers/within.ts'

const MIB = 1024 * 1024

/** What clients may send ahead: of one request, and on one connection. */
const STREAM_WINDOW = 1 * MIB
const CONNECTION_WINDOW = 4 * MIB
/** In MiB; Node counts what waits to be sent, too. */
const SESSION_MEMORY = 64
/** How long after the last word of a client its host is asked whether it is there, in milliseconds. */
const TCP_KEEPALIVE_MS = 60_000

/** How long the last answers may take to leave, in milliseconds. */
export const LEAVE_MS = 500

/** What a server of a protocol is made of. */
export interface ServerParts {
  readonly intake: Intake
  readonly host: Host
  readonly log: Logger
  readonly clock: Clock
  /** The option that holds its configuration: `receivers.otlp.protocols.grpc`. */
  readonly option: string
}

/** The server of one protocol. */
export interface ProtocolServer {
  /** Begins to listen. */
  start(): Promise<void>
  /** Takes no new requests; those under way go on. */
  stopTaking(): void
  /** After `stopTaking`: lets the last answers leave, and closes what is open still. */
  end(): Promise<void>
}

/**
 * OTLP/gRPC over Node's HTTP/2. Its one kind of call needs little of gRPC, and costs half of what it
 * costs with grpc-js.
 */
export class GrpcServer implements ProtocolServer {
  readonly #config: GrpcConfig
  readonly #parts: ServerParts
  readonly #clients: Clients
  readonly #sessions = new Map<ServerHttp2Session, Keepalive>()
  readonly #certificates: ServerCertificates | undefined
  #server: Http2Server | Http2SecureServer | undefined
  #closed: Promise<unknown> = Promise.resolve()
  #ending = false

  constructor(config: GrpcConfig, parts: ServerParts) {
    this.#config = config
    this.#parts = parts
    const { log, clock } = parts
    this.#clients = new Clients(parts, { protocol: 'grpc', ...config })
    if (config.tls) this.#certificates = new ServerCertificates(config.tls, log, clock)
  }

  async start(): Promise<void> {
    this.#clients.start()
    const server = await this.#create()
    this.#server = server
    server.on('connection', (socket: Socket) => socket.setKeepAlive(true, TCP_KEEPALIVE_MS))
    server.on('session', (session: ServerHttp2Session) => this.#connect(session))
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      this.#call(stream, headers)
    })
    // A client that speaks something else, or breaks off.
    server.on('sessionError', () => {})
    const { endpoint: address, transport } = this.#config
    const { log, option } = this.#parts
    const where = await listen(server, { address, transport, option: `${option}.endpoint` })
    tellOfLostConnections(server, log)
    log.info({ endpoint: where, tls: this.#config.tls !== undefined }, 'Serving OTLP/gRPC.')
  }

  stopTaking(): void {
    this.#ending = true
    this.#certificates?.stop()
    if (!this.#server?.listening) return
    this.#closed = once(this.#server, 'close')
    this.#server.close()
    for (const session of this.#sessions.keys()) session.close()
  }

  async end(): Promise<void> {
    await within(this.#parts.clock, LEAVE_MS, this.#closed)
    for (const session of this.#sessions.keys()) session.destroy()
    await this.#closed
  }

  async #create(): Promise<Http2Server | Http2SecureServer> {
    const { max_concurrent_streams } = this.#config
    const options: ServerOptions = {
      maxSessionMemory: SESSION_MEMORY,
      settings: {
        initialWindowSize: STREAM_WINDOW,
        ...(max_concurrent_streams > 0 && { maxConcurrentStreams: max_concurrent_streams }),
      },
    }
    if (!this.#certificates) return createServer(options)
    const tls = await this.#certificates.start((renewed) => server.setSecureContext(renewed))
    const server = createSecureServer({ ...options, ...tls })
    return server
  }

  #connect(session: ServerHttp2Session): void {
    const { clock } = this.#parts
    session.on('error', () => {})
    session.setLocalWindowSize(CONNECTION_WINDOW)
    this.#sessions.set(session, new Keepalive(session, this.#config.keepalive, clock))
    session.once('close', () => this.#sessions.delete(session))
    if (this.#ending) session.close()
  }

  #call(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const keepalive = this.#sessions.get(stream.session as ServerHttp2Session)
    keepalive?.begin()
    stream.once('close', () => keepalive?.end())
    const maxBytes = this.#config.max_recv_msg_size_mib * MIB
    const { intake } = this.#parts
    const isEnding = (): boolean => this.#ending
    void answerCall(stream, headers, { intake, clients: this.#clients, maxBytes, isEnding })
  }
}
