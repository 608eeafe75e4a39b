import { ExplicitBounds } from '../../../src/helpers/explicit_histogram.ts'
import { nanoseconds } from '../../../src/helpers/nanoseconds.ts'
import type { DeliveryKind, JudgedDelivery } from '../../../src/helpers/delivery/model.ts'
import type { Metric, Temporality } from '../../../src/pdata/metrics.ts'
import { workloadOf } from './attributes.ts'
import { type Labels, Series } from './series.ts'

/** What the metrics are counted by. */
export interface MetricOptions {
  readonly boundsMs: readonly number[]
  readonly limit: number
  readonly temporality: Temporality
  readonly byWorkload: boolean
}

/** What is so now, beside what was counted. */
export interface Now {
  readonly active: Readonly<Record<DeliveryKind, number>>
  /** How long ago what was read last was written, in milliseconds. */
  readonly lagMs: number | undefined
}

const PREFIX = 'waggle.k8s.pod_delivery'
const MS_PER_S = 1000

/** The metrics of deliveries. */
export class DeliveryMetrics {
  readonly #options: MetricOptions
  readonly #durations: Series
  readonly #platform: Series
  readonly #stages: Series
  readonly #verdicts: Series
  readonly #codes: Series

  constructor(options: MetricOptions) {
    this.#options = options
    const { limit, boundsMs } = options
    const bounds = new ExplicitBounds(
      boundsMs.map((ms) => ms / MS_PER_S),
      MS_PER_S,
    )
    const histogram = (name: string, description: string): Series =>
      new Series({ name: `${PREFIX}.${name}`, description, unit: 's', bounds }, limit)
    const sum = (name: string, description: string): Series =>
      new Series({ name: `${PREFIX}.${name}`, description, unit: '{delivery}' }, limit)
    this.#durations = histogram('duration', 'How long deliveries of pods took.')
    this.#platform = histogram('platform.duration', "The platform's share of it.")
    this.#stages = histogram('stage.duration', 'How long stages of deliveries took.')
    this.#verdicts = sum('verdicts', 'Deliveries by whether the promise was kept.')
    this.#codes = sum('codes', 'Deliveries by what was found to be their reason.')
  }

  /** Series that are kept now. */
  get size(): number {
    return this.#all.reduce((sum, { size }) => sum + size, 0)
  }

  /** Values so far that went to the series for what is too much. */
  get overflowed(): number {
    return this.#all.reduce((sum, { overflowed }) => sum + overflowed, 0)
  }

  get #all(): readonly Series[] {
    return [this.#durations, this.#platform, this.#stages, this.#verdicts, this.#codes]
  }

  /** Counts a delivery that has ended. */
  count(judged: JudgedDelivery, nowMs: number): void {
    const { delivery, verdict, diagnosis } = judged
    const nowNs = nanoseconds(nowMs)
    const base = this.#baseOf(judged)
    const outcome = { ...base, outcome: delivery.outcome ?? 'unknown' }
    this.#durations.record(outcome, nowNs, verdict.totalMs)
    this.#platform.record(outcome, nowNs, verdict.platformMs)
    for (const { type, owner, startMs, endMs } of delivery.stages) {
      if (endMs === undefined) continue
      this.#stages.record({ ...base, stage: type, owner }, nowNs, endMs - startMs)
    }
    const { class: name, path, kept } = verdict
    this.#verdicts.record({ ...base, class: name, path, kept }, nowNs)
    this.#codes.record({ ...base, code: diagnosis.code, owner: diagnosis.owner }, nowNs)
  }

  #baseOf({ delivery: { kind, pod } }: JudgedDelivery): Labels {
    const base = { kind, 'k8s.namespace.name': pod.namespace }
    if (!this.#options.byWorkload) return base
    return { ...base, workload: workloadOf(pod)?.name ?? pod.name }
  }

  /** The metrics as they stand: what changed since, or all. */
  take(nowMs: number, all: boolean, now: Now): Metric[] {
    const timeNs = nanoseconds(nowMs)
    const counted = this.#all.flatMap(
      (series) => series.take(timeNs, this.#options.temporality, all) ?? [],
    )
    return all || counted.length > 0 ? [...counted, ...gauges(now, timeNs)] : []
  }
}

function gauges({ active, lagMs }: Now, timeNs: bigint): Metric[] {
  const point = { startNs: 0n, timeNs, exemplars: [] }
  const metrics: Metric[] = [
    {
      name: `${PREFIX}.active`,
      description: 'Deliveries under way.',
      unit: '{delivery}',
      data: {
        type: 'gauge',
        points: Object.entries(active).map(([kind, value]) => ({
          ...point,
          attributes: { kind },
          value,
        })),
      },
    },
  ]
  if (lagMs === undefined) return metrics
  const value = lagMs / MS_PER_S
  const lag = [{ ...point, attributes: {}, value, isDouble: true }]
  return [
    ...metrics,
    {
      name: `${PREFIX}.lag`,
      description: 'How long ago what was read last was written.',
      unit: 's',
      data: { type: 'gauge', points: lag },
    },
  ]
}
