import type { Exporter } from '../../src/component/component.ts'
import type { Settings } from '../../src/component/settings.ts'
import { type Clock, systemClock } from '../../src/helpers/clock.ts'
import { DropLog } from '../../src/helpers/drop_log.ts'
import type { SendResult } from '../../src/helpers/send_result.ts'
import { SendingSetup } from '../../src/helpers/sending_setup.ts'
import { Sleepers } from '../../src/helpers/sleepers.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { readRequest, type Signal } from '../../src/pdata/otlp_request.ts'
import { Backends } from './backends.ts'
import type { LoadBalancingConfig } from './config.ts'
import { type Endpoint, grpcTransport, type MakeTransport } from './endpoint.ts'
import { LoadBalancingMetrics } from './metrics.ts'
import { RequestMaker } from './request_maker.ts'
import { type LookUp, resolverOf } from './resolver.ts'
import { partBatch } from './routing.ts'

const MIB = 1024 * 1024
/** From one try to find room with the others for what a lost endpoint had to the next, in milliseconds. */
const MOVE_AGAIN_MS = 200

/** What a test replaces. */
export interface LoadBalancingSurroundings {
  readonly clock?: Clock
  readonly lookUp?: LookUp
  readonly makeTransport?: MakeTransport
}

/** Sends what belongs together to one of several endpoints, whose queues are its own. */
export class LoadBalancingExporter implements Exporter {
  readonly #settings: Settings
  readonly #config: LoadBalancingConfig
  readonly #backends: Backends
  readonly #metrics: LoadBalancingMetrics
  readonly #setup: SendingSetup
  readonly #maker: RequestMaker
  readonly #drops: DropLog
  readonly #sleepers: Sleepers
  #stopped: Promise<void> | undefined

  constructor(
    settings: Settings,
    config: LoadBalancingConfig,
    around: LoadBalancingSurroundings = {},
  ) {
    const { clock = systemClock, lookUp, makeTransport = grpcTransport } = around
    const { otlp } = config.protocol
    const resolver = resolverOf(config, clock, lookUp)
    this.#settings = settings
    this.#config = config
    this.#setup = new SendingSetup(settings, otlp, otlp.max_send_msg_size_mib * MIB)
    this.#maker = new RequestMaker(this.#setup.limits)
    this.#drops = new DropLog(settings.log, settings.counters, clock)
    this.#sleepers = new Sleepers(clock)
    this.#metrics = new LoadBalancingMetrics(settings.meter, resolver.name, () => {
      return this.#backends.failing
    })
    const move = this.#move
    const endpoint = { settings, config, clock, makeTransport, move }
    const { metrics } = { metrics: this.#metrics }
    this.#backends = new Backends({ settings, config, clock, resolver, metrics, endpoint })
  }

  /** Endpoints that refuse, or are not known yet, are no reason not to start. */
  async start(): Promise<void> {
    await this.#backends.start()
  }

  async export(batch: Batch): Promise<Outcome> {
    if (batch.kind === 'observations') throw new Error('send observations over OTLP')
    return this.#setup.malformed(batch) ?? this.#offer(batch)
  }

  shutdown(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const ending = this.#backends.shutdown()
    this.#sleepers.wakeAll()
    await ending
    this.#drops.end()
  }

  /** Hands each part to its endpoint; none of them where one has no room. */
  async #offer(batch: OtlpBatch): Promise<Outcome> {
    const { ring } = this.#backends
    if (!ring) return { kind: 'refused', reason: 'no_endpoint' }
    const { kind } = batch
    const parts = [...partBatch(batch, this.#config.routing_key, ring)].map(
      ([owner, part]) => [this.#backends.at(owner), part] as const,
    )
    for (const [endpoint, { itemCount }] of parts) {
      const refusal = endpoint.refusal(kind, itemCount)
      if (refusal) return refusal
    }
    const outcomes = await Promise.all(
      parts.map(([endpoint, part]) => this.#offerPart(endpoint, part)),
    )
    return worstOf(outcomes)
  }

  async #offerPart(endpoint: Endpoint, part: OtlpBatch): Promise<Outcome> {
    const { requests, tooLarge } = this.#maker.make(part)
    const outcome = await endpoint.offer(part.kind, requests)
    if (outcome.kind === 'accepted' && tooLarge > 0) {
      this.#settings.counters.countIn(tooLarge)
      this.#drops.drop('too_large', tooLarge)
    }
    return outcome
  }

  /** What waited for a lost endpoint goes to the others, as soon as they have room. */
  readonly #move = async (from: Endpoint, signal: Signal, body: Buffer): Promise<SendResult> => {
    // The memory behind it is used again once the lost endpoint's queue has let go of it.
    const batch = readRequest(signal, Buffer.from(body), new Delivery())
    for (;;) {
      const last = this.#backends.stopped
      const outcome = await this.#offer(batch)
      if (outcome.kind === 'accepted') {
        this.#metrics.moved(from.name, this.#backends.reasonOf(from), batch.itemCount)
        return { kind: 'moved' }
      }
      if (outcome.kind === 'rejected') return outcome
      if (last) return { kind: 'retry', reason: outcome.reason }
      await this.#sleepers.sleep(MOVE_AGAIN_MS)
    }
  }
}

const SEVERITY = { accepted: 0, refused: 1, rejected: 2 } as const

/** One answer for all parts: what was taken is sent again where another part was refused. */
function worstOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (worst, one) => (SEVERITY[one.kind] > SEVERITY[worst.kind] ? one : worst),
    ACCEPTED,
  )
}
