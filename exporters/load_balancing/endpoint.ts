import type { Settings } from '../../src/component/settings.ts'
import { NO_STATUS } from '../../src/component/status.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import { parseTarget, type Target } from '../../src/helpers/otlp_grpc/target.ts'
import { GrpcTransport } from '../../src/helpers/otlp_grpc/transport.ts'
import { type OtlpTransport, withCount } from '../../src/helpers/otlp_exporter.ts'
import { OTLP_SERVICES, OTLP_SIGNALS } from '../../src/helpers/otlp_signals.ts'
import type { Attempt, EncodedRequest, SendResult } from '../../src/helpers/send_result.ts'
import type { SendingQueue } from '../../src/helpers/sending_queue.ts'
import { SendingSetup } from '../../src/helpers/sending_setup.ts'
import type { Outcome } from '../../src/pdata/delivery.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import type { Meter } from '../../src/telemetry/meter.ts'
import type { LoadBalancingConfig } from './config.ts'
import { withPort } from './endpoint_names.ts'

const MIB = 1024 * 1024
/** Longer than anybody waits, and what a timer takes: nothing that is moved is given up for time. */
const NO_LIMIT_MS = 2 ** 31 - 1
const NOTHING = Buffer.alloc(0)

/** Makes what carries requests to an endpoint. */
export type MakeTransport = (
  settings: Settings,
  config: LoadBalancingConfig,
  target: Target,
) => OtlpTransport

/** How endpoints are sent to over gRPC. */
export const grpcTransport: MakeTransport = (settings, config, endpoint) =>
  new GrpcTransport(settings, { ...config.protocol.otlp, endpoint })

/** What an endpoint needs. */
export interface EndpointOptions {
  readonly settings: Settings
  readonly config: LoadBalancingConfig
  readonly clock: Clock
  readonly makeTransport: MakeTransport
  /** Told of each attempt, and in milliseconds how long it took. */
  readonly onAttempt: (endpoint: Endpoint, success: boolean, ms: number) => void
  /** Told when sending has failed for `lost_after`; may set `lost`. */
  readonly onFailing: (endpoint: Endpoint, error: string) => void
  /** Takes over what was to go to this endpoint, which is lost. */
  readonly move: (endpoint: Endpoint, signal: Signal, body: Buffer) => Promise<SendResult>
}

/** One destination, with a queue of its own for each signal. */
export class Endpoint {
  readonly name: string
  /** True once nothing is sent to it any more: what waits is moved. */
  lost = false
  readonly #options: EndpointOptions
  readonly #transport: OtlpTransport
  readonly #setup: SendingSetup
  readonly #queues: ReadonlyMap<Signal, SendingQueue>
  #error = ''
  #cancelFailing: (() => void) | undefined

  constructor(name: string, options: EndpointOptions) {
    const { config, makeTransport } = options
    const { otlp } = config.protocol
    const settings = settingsOf(options.settings, name)
    this.name = name
    this.#options = options
    this.#transport = makeTransport(settings, config, parseTarget(withPort(name)) as Target)
    this.#setup = new SendingSetup(settings, otlp, otlp.max_send_msg_size_mib * MIB)
    this.#queues = new Map(OTLP_SIGNALS.map((signal) => [signal, this.#queue(signal)]))
  }

  /** Gets what it needs, such as certificates; does not connect. */
  async start(): Promise<void> {
    await this.#transport.start()
    await Promise.all([...this.#queues.values()].map((queue) => queue.start()))
  }

  /** Why nothing of this kind can be taken now; undefined when something can be. */
  refusal(signal: Signal, items: number): Outcome | undefined {
    return (this.#queues.get(signal) as SendingQueue).refusal(items)
  }

  /** Takes over all of these requests, which are one batch, or none of them. */
  offer(signal: Signal, requests: readonly EncodedRequest[]): Promise<Outcome> {
    return (this.#queues.get(signal) as SendingQueue).offer(requests)
  }

  /** Whether it answers: an empty request is sent. */
  async answers(signal: Signal): Promise<boolean> {
    const body = await this.#transport.prepare(signal, NOTHING)
    const { timeout: timeoutMs } = this.#options.config.protocol.otlp
    const attempt = { timeoutMs, signal: AbortSignal.timeout(timeoutMs) }
    return (await this.#transport.send(signal, body, attempt)).kind !== 'retry'
  }

  /** Hands what waits to the others, now that it is lost; resolves when all of it has been taken. */
  async drain(): Promise<void> {
    this.#stopWatching()
    await Promise.all([...this.#queues.values()].map((queue) => queue.shutdown(NO_LIMIT_MS)))
    this.#transport.close()
  }

  /** Sends what waits once, and ends. */
  async shutdown(): Promise<void> {
    this.#stopWatching()
    await Promise.all([...this.#queues.values()].map((queue) => queue.shutdown()))
    this.#transport.close()
  }

  #queue(signal: Signal): SendingQueue {
    return this.#setup.queue({
      kind: signal,
      // Compressed for each attempt, and not ahead: what waits may have to be parted again.
      send: (body, attempt) => this.#send(signal, body, attempt),
      clock: this.#options.clock,
    })
  }

  async #send(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult> {
    const { move } = this.#options
    if (this.lost) return move(this, signal, body)
    const result = await this.#attempt(signal, body, attempt)
    // It may have been lost meanwhile.
    return result.kind === 'retry' && this.lost ? move(this, signal, body) : result
  }

  async #attempt(signal: Signal, body: Buffer, attempt: Attempt): Promise<SendResult> {
    const { clock, onAttempt } = this.#options
    const begun = clock.now()
    const prepared = await this.#transport.prepare(signal, body)
    const result = await this.#transport.send(signal, prepared, attempt)
    onAttempt(this, result.kind === 'sent', clock.now() - begun)
    if (result.kind === 'retry') this.#watch(result.reason)
    else this.#stopWatching()
    return result.kind === 'sent' ? withCount(result, OTLP_SERVICES[signal].items) : result
  }

  /** An attempt failed: unless one works in time, it is failing. */
  #watch(error: string): void {
    this.#error = error
    const { config, clock, onFailing } = this.#options
    if (config.lost_after === 0 || this.lost) return
    this.#cancelFailing ??= clock.after(config.lost_after, () => {
      this.#cancelFailing = undefined
      onFailing(this, this.#error)
    })
  }

  #stopWatching(): void {
    this.#cancelFailing?.()
    this.#cancelFailing = undefined
  }
}

/** Those of one endpoint: it is named in its log lines and metrics, and the exporter tells how it fares. */
function settingsOf(settings: Settings, endpoint: string): Settings {
  const log = settings.log.child({ endpoint })
  return { ...settings, log, meter: meterOf(settings.meter, endpoint), status: NO_STATUS }
}

function meterOf(meter: Meter, endpoint: string): Meter {
  return {
    level: meter.level,
    counter: (facts, read) =>
      meter.counter(facts, (observe) => {
        read((value, attributes) => observe(value, { ...attributes, endpoint }))
      }),
    gauge: (facts, read) =>
      meter.gauge(facts, (observe) => {
        read((value, attributes) => observe(value, { ...attributes, endpoint }))
      }),
    histogram: (facts, read) =>
      meter.histogram(facts, (observe) => {
        read((distribution, attributes) => observe(distribution, { ...attributes, endpoint }))
      }),
  }
}
