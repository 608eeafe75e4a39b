import type { Subscriber } from 'rxjs'
import type { Settings } from '../../src/component/settings.ts'
import type { Clock } from '../../src/helpers/clock.ts'
import type { DropLog } from '../../src/helpers/drop_log.ts'
import type { Episode } from '../../src/helpers/episode.ts'
import type { Faults } from '../../src/ottl/index.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { ACCEPTED, Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import { checkItems } from '../../src/pdata/otlp_request.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { TailSamplingConfig } from './config.ts'
import { Decisions } from './decisions.ts'
import { DueLine } from './due_line.ts'
import { HeldTrace, type Piece } from './held_trace.ts'
import { Intake } from './intake.ts'
import { type EarlyReason, TailSamplingMetrics } from './metrics.ts'
import { Outbox } from './outbox.ts'
import { Policies } from './policies.ts'
import { DECISION } from './policy.ts'

const MIB = 2 ** 20
/** From one look at what is due to the next, in milliseconds: many small ones hold nobody up. */
const TICK_MS = 100

/** What sampling needs. */
export interface SamplingOptions {
  readonly settings: Settings
  readonly config: TailSamplingConfig
  readonly clock: Clock
  readonly drops: DropLog
  readonly faults: Faults
  /** Told of sampled spans that were not taken. */
  readonly lost: Episode
  readonly subscriber: Subscriber<Batch>
}

/** The traces that are held on behalf of one subscriber, and what was decided of others. */
export class Sampling {
  readonly #options: SamplingOptions
  readonly #traces = new Map<string, HeldTrace>()
  readonly #line = new DueLine()
  /** Those whose root has come. */
  readonly #soon = new DueLine()
  readonly #sampled: Decisions
  readonly #notSampled: Decisions
  readonly #policies: Policies
  readonly #metrics: TailSamplingMetrics
  readonly #intake = new Intake()
  readonly #outbox: Outbox
  readonly #maxBytes: number
  readonly #tickMs: number
  /** Late spans of sampled traces in the batch at hand. */
  readonly #late = new Map<string, HeldTrace>()
  #lateNotSampled = 0
  #bytes = 0
  #now = 0
  #stopTimer: (() => void) | undefined

  constructor(options: SamplingOptions) {
    const { settings, config, clock, faults, subscriber } = options
    const { sampled_cache_size, non_sampled_cache_size } = config.decision_cache
    this.#options = options
    this.#sampled = new Decisions(sampled_cache_size || config.num_traces)
    this.#notSampled = new Decisions(non_sampled_cache_size || config.num_traces)
    this.#maxBytes = config.max_held_mib * MIB
    this.#tickMs = Math.min(TICK_MS, config.decision_wait)
    this.#metrics = new TailSamplingMetrics(settings.meter, settings.id, this.#held())
    this.#policies = new Policies({
      configs: config.policies,
      firstMatch: config.sample_on_first_match,
      metrics: this.#metrics,
      faults,
      clock,
    })
    this.#outbox = new Outbox(
      (batch) => subscriber.next(batch),
      (pieces, spans) => this.#deliveryOf(pieces, spans),
    )
  }

  /** Takes a batch in. */
  add(batch: Traces): void {
    const { totals, delivery } = batch
    if (totals.length === 0) return this.#add(batch)
    // Totals have been sampled already, in the kernel.
    delivery.hold(1)
    this.#add(new Traces(batch.groups, delivery))
    this.#options.subscriber.next(new Traces([], delivery, totals))
  }

  /** Decides all that is held, and hands it on: for the end. */
  finish(): void {
    this.#stop()
    const { config, clock } = this.#options
    this.#now = clock.now()
    for (const trace of this.#traces.values()) {
      if (config.drop_pending_traces_on_shutdown) this.#giveUp(trace, 'shutdown')
      else this.#decide(trace)
    }
    this.#outbox.flush()
  }

  /** Ends: what is still held has nobody to take it. */
  discard(): void {
    this.#stop()
    for (const trace of this.#traces.values()) {
      this.#options.drops.drop('stopped', trace.spans)
      settleAll(trace, { kind: 'refused', reason: 'stopped' })
    }
    this.#traces.clear()
    this.#bytes = 0
  }

  #add(batch: Traces): void {
    const { delivery, itemCount } = batch
    if (itemCount === 0) return delivery.settle(ACCEPTED)
    if (this.#options.subscriber.closed) return this.#refuseStopped(batch)
    const refusal = this.#refusal(batch)
    if (refusal) return delivery.settle(refusal)
    const { config, clock } = this.#options
    this.#now = clock.now()
    const pieces = this.#intake.take(batch.groups, {
      traceOf: this.#traceOf,
      delivery: config.wait_for_decision ? delivery : undefined,
      findsRoots: config.decision_wait_after_root_received > 0,
    })
    this.#taken(pieces)
    this.#followDecisions()
    this.#makeRoom()
    delivery.settle(ACCEPTED)
    this.#outbox.flush()
    this.#startTimer()
  }

  #refuseStopped({ delivery, itemCount }: Traces): void {
    this.#options.drops.drop('stopped', itemCount)
    delivery.settle({ kind: 'refused', reason: 'stopped' })
  }

  /** Why a batch is not taken, which is counted; undefined where it is. */
  #refusal(batch: Traces): Outcome | undefined {
    const { config, drops } = this.#options
    const reason = config.block_on_overflow ? this.#fullBy(1) : undefined
    if (reason) {
      drops.drop('no_room', batch.itemCount, { reason })
      return { kind: 'refused', reason: 'no_room' }
    }
    const error = checkItems(batch)
    if (!error) return undefined
    drops.drop('malformed', batch.itemCount, { error: error.message })
    return { kind: 'rejected', reason: 'malformed' }
  }

  readonly #traceOf = (id: string): HeldTrace | undefined => {
    const held = this.#traces.get(id) ?? this.#late.get(id)
    if (held) return held
    const sampledAt = this.#sampled.get(id)
    if (sampledAt !== undefined) return this.#beginLate(id, sampledAt)
    const notSampledAt = this.#notSampled.get(id)
    if (notSampledAt === undefined) return this.#begin(id)
    this.#lateNotSampled++
    this.#metrics.lateSpans(1, false, this.#now - notSampledAt)
    return undefined
  }

  #begin(id: string): HeldTrace {
    const trace = new HeldTrace(id, this.#now)
    this.#traces.set(id, trace)
    this.#line.push(trace, this.#now + this.#options.config.decision_wait)
    this.#metrics.newTraces++
    return trace
  }

  /** @param decidedAt milliseconds of the clock */
  #beginLate(id: string, decidedAt: number): HeldTrace {
    const trace = new HeldTrace(id, decidedAt)
    this.#late.set(id, trace)
    return trace
  }

  /** Sees to the traces that got these pieces. */
  #taken(pieces: readonly Piece[]): void {
    const { decision_wait_after_root_received: rootWait, maximum_trace_size_bytes: maxSize } =
      this.#options.config
    for (const { trace } of pieces) {
      if (trace.done || this.#late.has(trace.id)) continue
      this.#bytes += trace.footprint - trace.counted
      trace.counted = trace.footprint
      if (maxSize > 0 && trace.bytes > maxSize) {
        this.#metrics.tooLarge++
        this.#giveUp(trace, 'too_large')
      } else if (trace.rootSeen && !trace.isSoon) {
        trace.isSoon = true
        this.#soon.push(trace, this.#now + rootWait)
      }
    }
  }

  /** Late spans go as their trace did. */
  #followDecisions(): void {
    for (const trace of this.#late.values()) {
      this.#metrics.lateSpans(trace.spans, true, this.#now - trace.arrivedAt)
      this.#outbox.add(trace)
    }
    this.#late.clear()
    this.#options.settings.counters.drop('not_sampled', this.#lateNotSampled)
    this.#lateNotSampled = 0
  }

  #makeRoom(): void {
    for (;;) {
      const reason = this.#fullBy(0)
      if (!reason) return
      const oldest = this.#line.take(Infinity)
      if (!oldest) return
      this.#metrics.early[reason]++
      this.#decide(oldest)
    }
  }

  /** What there would be too much of with so many traces more; undefined where there is room. */
  #fullBy(more: number): EarlyReason | undefined {
    if (this.#traces.size + more > this.#options.config.num_traces) return 'num_traces'
    return this.#bytes > this.#maxBytes ? 'bytes' : undefined
  }

  #tick(): void {
    this.#stopTimer = undefined
    const begun = performance.now()
    this.#now = this.#options.clock.now()
    let decided = 0
    for (const line of [this.#soon, this.#line]) {
      for (let trace = line.take(this.#now); trace; trace = line.take(this.#now), decided++) {
        this.#decide(trace)
      }
    }
    this.#outbox.flush()
    if (decided > 0) this.#metrics.ticked(performance.now() - begun)
    if (this.#traces.size > 0) this.#startTimer()
  }

  #decide(trace: HeldTrace): void {
    const decision = this.#policies.decide(trace)
    this.#metrics.decided(decision, this.#now - trace.arrivedAt)
    this.#remove(trace)
    if (decision === DECISION.sampled) {
      this.#sampled.add(trace.id, this.#now)
      this.#outbox.add(trace)
      return trace.release()
    }
    const reason = decision === DECISION.dropped ? 'dropped_by_policy' : 'not_sampled'
    this.#leaveOut(trace, reason)
  }

  #giveUp(trace: HeldTrace, reason: 'too_large' | 'shutdown'): void {
    this.#remove(trace)
    this.#leaveOut(trace, reason)
  }

  /** What is left out is left out on purpose: counted, and settled as accepted. */
  #leaveOut(trace: HeldTrace, reason: string): void {
    this.#notSampled.add(trace.id, this.#now)
    this.#options.settings.counters.drop(reason, trace.spans)
    settleAll(trace, ACCEPTED)
    trace.release()
  }

  #remove(trace: HeldTrace): void {
    trace.done = true
    this.#bytes -= trace.counted
    this.#traces.delete(trace.id)
  }

  /** Sampled spans are told to their senders, or where these have been told already, counted. */
  #deliveryOf(pieces: readonly Piece[], spans: number): Delivery {
    const told = pieces.flatMap(({ delivery }) => delivery ?? [])
    if (told.length > 0) return Delivery.join(told)
    const { settings, lost } = this.#options
    return new Delivery((outcome) => {
      if (outcome.kind === 'accepted') return lost.calm()
      settings.counters.refuse(outcome.reason, spans)
      lost.add(spans)
    })
  }

  #held(): { readonly traces: number; readonly bytes: number } {
    const traces = this.#traces
    const bytes = (): number => this.#bytes
    return {
      get traces() {
        return traces.size
      },
      get bytes() {
        return bytes()
      },
    }
  }

  #startTimer(): void {
    if (this.#traces.size === 0) return
    this.#stopTimer ??= this.#options.clock.after(this.#tickMs, () => this.#tick())
  }

  #stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }
}

function settleAll(trace: HeldTrace, outcome: Outcome): void {
  for (let piece = trace.first; piece; piece = piece.next) piece.delivery?.settle(outcome)
}
