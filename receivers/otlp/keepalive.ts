import { constants, type ServerHttp2Session } from 'node:http2'
import type { Clock } from '../../src/helpers/clock.ts'
import type { GrpcConfig } from './grpc_config.ts'

/** Nobody has said a word of HTTP/2 after this long: no client of ours. Milliseconds. */
const PREFACE_MS = 10_000
/** The bound of grpc-go for pings without a request, in milliseconds. */
const IDLE_PING_MS = 2 * 3600 * 1000
/** Pings above the allowed rate that are forgiven, as in grpc-go. */
const MAX_STRIKES = 2

/** Looks after one connection, as `keepalive` has it. */
export class Keepalive {
  readonly #session: ServerHttp2Session
  readonly #config: GrpcConfig['keepalive']
  readonly #clock: Clock
  readonly #cancels = new Map<string, () => void>()
  #streams = 0
  #strikes = 0
  #lastPing = Number.NEGATIVE_INFINITY

  /** @param random between 0 and 1; spreads the age of connections */
  constructor(
    session: ServerHttp2Session,
    config: GrpcConfig['keepalive'],
    clock: Clock,
    random: () => number = Math.random,
  ) {
    this.#session = session
    this.#config = config
    this.#clock = clock
    this.#after('preface', PREFACE_MS, () => session.destroy())
    session.once('remoteSettings', () => this.#cancel('preface'))
    session.once('close', () => this.#end())
    const { max_connection_age, time } = config.server_parameters
    this.#after('age', max_connection_age * (0.9 + 0.2 * random()), () => this.#retire())
    this.#after('ping', time, () => this.#ping())
    if (config.enforcement_policy) session.on('ping', () => this.#pinged())
    this.#waitForWork()
  }

  /** A request begins. */
  begin(): void {
    this.#streams++
    this.#cancel('idle')
  }

  /** A request is over. */
  end(): void {
    this.#streams--
    this.#strikes = 0
    if (this.#streams === 0) this.#waitForWork()
  }

  #waitForWork(): void {
    this.#after('idle', this.#config.server_parameters.max_connection_idle, () => this.#retire())
  }

  /** Takes no new requests, lets those under way end, and closes. */
  #retire(): void {
    this.#session.close()
    const { max_connection_age_grace } = this.#config.server_parameters
    this.#after('grace', max_connection_age_grace, () => this.#session.destroy())
  }

  #ping(): void {
    const { time, timeout } = this.#config.server_parameters
    this.#after('pong', timeout, () => this.#session.destroy())
    this.#session.ping((error) => {
      this.#cancel('pong')
      if (!error) this.#after('ping', time, () => this.#ping())
    })
  }

  /** The rules of grpc-go: a client that pings too often is told so and loses its connection. */
  #pinged(): void {
    const { min_time, permit_without_stream } = this.#config.enforcement_policy!
    const idle = this.#streams === 0 && !permit_without_stream
    const now = this.#clock.now()
    if (now - this.#lastPing < (idle ? IDLE_PING_MS : min_time)) this.#strikes++
    this.#lastPing = now
    if (this.#strikes <= MAX_STRIKES) return
    const reason = Buffer.from('too_many_pings')
    this.#session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, undefined, reason)
    this.#session.close()
  }

  #after(name: string, ms: number, callback: () => void): void {
    this.#cancel(name)
    if (ms > 0 && !this.#session.destroyed) this.#cancels.set(name, this.#clock.after(ms, callback))
  }

  #cancel(name: string): void {
    this.#cancels.get(name)?.()
    this.#cancels.delete(name)
  }

  #end(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
