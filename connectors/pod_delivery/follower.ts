import type { Settings } from '../../src/component/settings.ts'
import type { Delivery, JudgedDelivery } from '../../src/helpers/delivery/model.ts'
import { type LogRecord, type Logs } from '../../src/pdata/logs.ts'
import type { Metric } from '../../src/pdata/metrics.ts'
import { temporalityOf } from '../../src/helpers/metric_options.ts'
import { BOUNDS_MS, DEFAULTS, type PodDeliveryConfig } from './config.ts'
import { judged } from './judge.ts'
import { DeliveryMetrics } from './output/delivery_metrics.ts'
import { FinishedDeliveries } from './output/finished.ts'
import { linksOf } from './output/links.ts'
import { recordOf } from './output/records.ts'
import { rolloutSpans } from './output/rollout_spans.ts'
import { type ServiceSpan, spansOf } from './output/spans.ts'
import { Reader, type Unread } from './reader.ts'
import { anyOf } from './trace/name_match.ts'
import type { KeptPod, PodState } from './trace/pod_state.ts'
import { type KeptRollout, Rollouts } from './trace/rollouts.ts'
import type { StageConfig } from './trace/stage_config.ts'
import { mergedStages, stageRules } from './trace/stage_table.ts'
import { StreamClock } from './trace/stream_clock.ts'
import { Tracker } from './trace/tracker.ts'

/** What was made since the last time. */
export interface Made {
  readonly spans: readonly ServiceSpan[]
  readonly records: readonly LogRecord[]
}

/** What outlives a restart. */
export interface Kept {
  readonly pods: readonly KeptPod[]
  readonly rollouts: readonly KeptRollout[]
}

/** Which outputs somebody takes. */
export interface Wanted {
  readonly traces: boolean
  readonly logs: boolean
}

/** Reads records, follows pods by them, and makes spans, records and metrics of what has ended. */
export class Follower {
  readonly clock: StreamClock
  readonly reader: Reader
  readonly tracker: Tracker
  readonly rollouts: Rollouts | undefined
  readonly metrics: DeliveryMetrics
  readonly finished: FinishedDeliveries
  readonly emitted = { create: 0, delete: 0, restart: 0 }
  readonly #config: PodDeliveryConfig
  readonly #stages: readonly StageConfig[]
  readonly #wallMs: () => number
  readonly #wanted: () => Wanted
  #spans: ServiceSpan[] = []
  #records: LogRecord[] = []

  /** @param wallMs milliseconds since 1970 */
  constructor(config: PodDeliveryConfig, wallMs: () => number, wanted: () => Wanted) {
    const { settle, expire, max_pods, max_events, shard, metrics } = config
    this.#config = config
    this.#wallMs = wallMs
    this.#wanted = wanted
    this.#stages = mergedStages(DEFAULTS, config.stages)
    this.clock = new StreamClock(wallMs)
    this.rollouts =
      (config.rollouts ?? shard.count === 1) ? new Rollouts(settle, expire) : undefined
    this.tracker = new Tracker({
      rules: stageRules(this.#stages),
      life: { isStart: anyOf(config.life.start), isReady: anyOf(config.life.ready) },
      settleMs: settle,
      expireMs: expire,
      maxPods: max_pods,
      maxEvents: max_events,
      shard,
      onFinished: (delivery, pod) => this.#finish(delivery, pod),
      onWorkload: (change) => this.rollouts?.workload(change, this.clock.nowMs),
    })
    this.reader = new Reader(this.tracker, this.clock, expire)
    this.finished = new FinishedDeliveries(config.keep_finished)
    this.metrics = new DeliveryMetrics({
      boundsMs: metrics.buckets ?? BOUNDS_MS,
      limit: metrics.cardinality_limit,
      temporality: temporalityOf(metrics.aggregation_temporality),
      byWorkload: metrics.workload,
    })
  }

  /** Reads a batch. */
  take(batch: Logs, onUnread: (reason: Unread) => void): void {
    this.reader.read(batch, onUnread)
    this.advance()
  }

  /** Looks at what has ended by now. */
  advance(): void {
    const { nowMs, lagMs } = this.clock
    // Before the first event nobody knows the time of the log.
    if (lagMs === undefined) return
    this.tracker.advance(nowMs)
    for (const rollout of this.rollouts?.finished(nowMs) ?? []) {
      if (this.#wanted().traces) this.#spans.push(...rolloutSpans(rollout))
    }
  }

  /** Hands on what has ended, and what has not where that is wanted; returns how many are left. */
  end(): number {
    const left = this.tracker.end(this.#config.unfinished === 'emit' ? 'unknown' : undefined)
    for (const rollout of this.rollouts?.end() ?? []) {
      if (this.#wanted().traces) this.#spans.push(...rolloutSpans(rollout))
    }
    return left
  }

  /** A delivery with verdict and reason, as of now. */
  judge(delivery: Delivery): JudgedDelivery {
    return judged(delivery, this.#config.slo, this.clock.nowMs)
  }

  #finish(delivery: Delivery, pod: PodState | undefined): void {
    const result = this.judge(delivery)
    this.emitted[delivery.kind]++
    const rollout = this.rollouts?.delivery(delivery, this.clock.nowMs)
    this.finished.add(result)
    this.metrics.count(result, this.#wallMs())
    const wanted = this.#wanted()
    if (wanted.traces)
      this.#spans.push(...spansOf(result, this.#stages, linksOf(pod?.links ?? [], rollout)))
    if (wanted.logs) this.#records.push(recordOf(result, this.#config.languages, this.#wallMs()))
  }

  /** What was made since the last time. */
  made(): Made {
    const made = { spans: this.#spans, records: this.#records }
    this.#spans = []
    this.#records = []
    return made
  }

  /** The metrics: those that changed, or all. */
  metricsNow(all: boolean): Metric[] {
    const active = { create: 0, delete: 0, restart: 0 }
    for (const { life } of this.tracker.open()) active[life.kind]++
    return this.metrics.take(this.#wallMs(), all, { active, lagMs: this.clock.lagMs })
  }

  /** What is under way, to be taken up by another process. */
  get kept(): Kept {
    return { pods: this.tracker.kept, rollouts: this.rollouts?.kept ?? [] }
  }

  /** Takes up what another process kept. */
  restore({ pods, rollouts }: Kept): void {
    this.tracker.restore(pods)
    this.rollouts?.restore(rollouts)
  }
}

/** Which outputs somebody takes of a connector; all where nothing is known of pipelines. */
export function wantedOf({ host, id }: Settings): Wanted {
  const pipelines = host.pipelines()
  const kinds = pipelines.filter(({ receivers }) => receivers.includes(id)).map(({ kind }) => kind)
  if (pipelines.length === 0) return { traces: true, logs: true }
  return { traces: kinds.includes('traces'), logs: kinds.includes('logs') }
}
