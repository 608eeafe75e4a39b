import { Subject, type Observable } from 'rxjs'
import type { AuthRefusal } from '../../src/component/auth.ts'
import { countedDelivery } from '../../src/component/counted_delivery.ts'
import type { Settings } from '../../src/component/settings.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { MalformedOtlp } from '../../src/pdata/malformed_otlp.ts'
import { readRequest, requestFromJson, type Signal } from '../../src/pdata/otlp_request.ts'
import {
  answerTo,
  CODE,
  failed,
  malformed,
  TAKEN,
  tooLarge,
  unreadable,
  type Answer,
} from './answer.ts'
import { inflate, type Coding } from '../../src/helpers/http_server/inflate.ts'
import { MalformedLog } from './malformed_log.ts'
import { RequestMetrics, type Protocol } from './metrics.ts'
import { OpenExchanges, type Exchange } from './open_exchanges.ts'
import { PendingBytes } from '../../src/helpers/http_server/pending_bytes.ts'

/** A body as it came in. */
export interface RawBody {
  readonly bytes: Buffer
  readonly coding: Coding
  readonly json: boolean
  /** Largest body without its compression. */
  readonly maxBytes: number
}

/** The agent has too much to do. */
export const BUSY: Answer = answerTo({ kind: 'refused', reason: 'too_many_pending' })
/** The agent ends. */
export const ENDING: Answer = answerTo({ kind: 'refused', reason: 'shutdown' })

/** What the servers of both protocols hand requests to: the one way into the pipelines. */
export class Intake {
  readonly #counters: Settings['counters']
  readonly #log: Settings['log']
  readonly #pending: PendingBytes
  readonly #metrics: RequestMetrics
  readonly #malformed: MalformedLog
  readonly #batches = new Subject<Batch>()
  readonly #exchanges = new OpenExchanges()
  #closed = false

  /** @param maxPendingBytes how much may be read and wait at the same time */
  constructor({ counters, meter, log }: Settings, maxPendingBytes: number) {
    this.#counters = counters
    this.#log = log
    this.#pending = new PendingBytes(maxPendingBytes)
    this.#metrics = new RequestMetrics(meter, () => this.#pending.total)
    this.#malformed = new MalformedLog(log)
  }

  /** What came in. */
  get batches$(): Observable<Batch> {
    return this.#batches
  }

  /** A request begins. Whoever calls this calls `end`. */
  begin(protocol: Protocol, signal: Signal, peer: string): Exchange {
    const share = this.#pending.share()
    const facts = { protocol, signal, peer, share }
    const exchange: Exchange = {
      ...facts,
      client: undefined,
      isInPipelines: false,
      outcome: 'failure',
    }
    this.#exchanges.add(exchange)
    return exchange
  }

  /** A client was not let in. */
  unauthenticated({ protocol }: Exchange, reason: AuthRefusal): void {
    this.#metrics.unauthenticated(protocol, reason)
  }

  /** Takes a body that has come in whole, and tells what to answer. Never rejects. */
  async take(exchange: Exchange, { bytes, coding, json, maxBytes }: RawBody): Promise<Answer> {
    const plain = await inflate(coding, bytes, maxBytes)
    if (plain.kind === 'too_large') return tooLarge(maxBytes)
    if (plain.kind === 'malformed') return this.#unreadable(exchange, `${coding}: ${plain.message}`)
    const { protocol, share, signal } = exchange
    this.#metrics.received(protocol, bytes.length, plain.body.length)
    if (coding !== 'identity' && !share.add(plain.body.length)) return BUSY
    try {
      const body = json ? requestFromJson(signal, plain.body) : plain.body
      return await this.#hand(exchange, body)
    } catch (error) {
      return this.#failed(exchange, error)
    }
  }

  /** A request is over. */
  end(exchange: Exchange, how: 'answered' | 'gone'): void {
    if (!this.#exchanges.has(exchange)) return
    // What the pipelines have still is there still, also when nobody waits for the answer.
    if (!exchange.isInPipelines) exchange.share.release()
    if (how === 'gone') this.#metrics.gone(exchange.protocol)
    else this.#metrics.answered(exchange.protocol, exchange.outcome)
    this.#exchanges.end(exchange)
  }

  /** Resolves when every request that has begun has been read to its end. */
  allRead(): Promise<void> {
    return this.#exchanges.allRead()
  }

  /** Resolves when every request that has begun is over. */
  allEnded(): Promise<void> {
    return this.#exchanges.allEnded()
  }

  /** Takes nothing more. */
  complete(): void {
    this.#closed = true
    this.#batches.complete()
  }

  /** Ends what it tells of itself. */
  close(): void {
    this.#malformed.end()
    this.#metrics.close()
  }

  #failed(exchange: Exchange, error: unknown): Answer {
    if (error instanceof MalformedOtlp) {
      this.#malformed.add(exchange, error.message)
      return malformed(error)
    }
    this.#log.error({ err: error }, 'Request could not be taken, this is a bug.')
    return failed(CODE.internal, 500, 'the request could not be taken')
  }

  #unreadable(exchange: Exchange, message: string): Answer {
    this.#malformed.add(exchange, message)
    return unreadable(message)
  }

  async #hand(exchange: Exchange, body: Buffer): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    // How many items there are to count is known when the request is read.
    const delivery = new Delivery((outcome) => counted.settle(outcome), exchange.client)
    const batch = readRequest(exchange.signal, body, delivery)
    this.#malformed.calm()
    if (this.#closed) return ENDING
    this.#exchanges.read(exchange)
    exchange.outcome = 'success'
    if (batch.itemCount === 0) return TAKEN
    exchange.isInPipelines = true
    const counters = this.#counters.of(batch.kind, exchange.protocol)
    counters.countIn(batch.itemCount)
    const counted = countedDelivery(counters, batch.itemCount, resolve)
    this.#batches.next(batch)
    const outcome = await promise
    exchange.isInPipelines = false
    if (!this.#exchanges.has(exchange)) exchange.share.release()
    if (outcome.kind !== 'accepted') exchange.outcome = 'refused'
    return answerTo(outcome)
  }
}
