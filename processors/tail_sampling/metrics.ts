import { Histogram } from '../../src/telemetry/histogram.ts'
import type { Meter, MetricAttributes, MetricFacts } from '../../src/telemetry/meter.ts'
import { DECISION, type Decision } from './policy.ts'

const PREFIX = 'otelcol_processor_tail_sampling_'

/** Bounds of the Collector's histograms, in milliseconds. */
const LATENCY_BOUNDS = [
  1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 3000,
]
/** The same in seconds, for how long traces stay and how late spans come. */
const AGE_BOUNDS = [1, 2, 5, 10, 20, 30, 40, 50, 60, 90, 120, 180, 300, 600, 1800]

/** Why a trace is decided before its time. */
export type EarlyReason = 'num_traces' | 'bytes'

/** How the Collector names decisions, in the order of their numbers. */
const DECISIONS: readonly MetricAttributes[] = [
  { sampled: 'false', decision: 'not_sampled' },
  { sampled: 'true', decision: 'sampled' },
  { sampled: 'false', decision: 'dropped' },
]

/** What one policy did. */
export class PolicyCount {
  readonly name: string
  /** Traces by decision. */
  readonly traces = [0, 0, 0]
  executions = 0
  ms = 0

  constructor(name: string) {
    this.name = name
  }

  /** It was asked, and took so long. */
  asked(ms: number): void {
    this.executions++
    this.ms += ms
  }

  /** It said so. */
  said(decision: Decision): void {
    this.traces[decision] = (this.traces[decision] as number) + 1
  }
}

/** What the Collector's tail sampling processor tells of itself, under the same names. */
export class TailSamplingMetrics {
  evaluationErrors = 0
  newTraces = 0
  tooLarge = 0
  /** Traces decided before their time. */
  readonly early: Record<EarlyReason, number> = { num_traces: 0, bytes: 0 }
  /** Spans that came after the decision of their trace, by what that was. */
  readonly late = { true: 0, false: 0 }
  readonly #policies: PolicyCount[] = []
  /** Traces by decision. */
  readonly #traces = [0, 0, 0]
  readonly #latency = new Histogram(LATENCY_BOUNDS)
  readonly #removalAge = new Histogram(AGE_BOUNDS)
  readonly #lateAge = new Histogram(AGE_BOUNDS)
  readonly #prefix: string

  /** @param id the component's: its name stands before those of the policies, as in the Collector */
  constructor(meter: Meter, id: string, held: { readonly traces: number; readonly bytes: number }) {
    this.#prefix = id.includes('/') ? `${id.slice(id.indexOf('/') + 1)}.` : ''
    this.#registerDecisions(meter)
    this.#registerPolicies(meter)
    this.#registerTraces(meter, held)
    this.#registerTimes(meter)
  }

  /** The counts of a policy. */
  policy(name: string): PolicyCount {
    const count = new PolicyCount(`${this.#prefix}${name}`)
    this.#policies.push(count)
    return count
  }

  /** A trace was decided, so many milliseconds after its first span. */
  decided(decision: Decision, ageMs: number): void {
    this.#traces[decision] = (this.#traces[decision] as number) + 1
    this.#removalAge.add(ageMs / 1000)
  }

  /** All traces that were due have been decided, in so long. */
  ticked(ms: number): void {
    this.#latency.add(ms)
  }

  /** Spans came so many milliseconds after the decision. */
  lateSpans(spans: number, sampled: boolean, ageMs: number): void {
    this.late[`${sampled}`] += spans
    this.#lateAge.add(ageMs / 1000)
  }

  #counter(
    meter: Meter,
    name: string,
    [description, unit]: readonly [string, string],
    read: Parameters<Meter['counter']>[1],
  ): void {
    meter.counter({ name: `${PREFIX}${name}`, description, unit }, read)
  }

  #registerDecisions(meter: Meter): void {
    this.#counter(
      meter,
      'global_count_traces_sampled',
      ['Traces by what was decided.', '{traces}'],
      (observe) => this.#traces.forEach((count, i) => count > 0 && observe(count, DECISIONS[i])),
    )
    this.#counter(
      meter,
      'count_traces_sampled',
      ['Traces by what each policy said.', '{traces}'],
      (observe) => {
        for (const { name: policy, traces } of this.#policies) {
          for (const decision of Object.values(DECISION)) {
            const count = traces[decision] as number
            if (count > 0) observe(count, { policy, ...DECISIONS[decision] })
          }
        }
      },
    )
  }

  #registerPolicies(meter: Meter): void {
    this.#counter(
      meter,
      'sampling_policy_execution_count',
      ['How often each policy was asked.', '{executions}'],
      (observe) => {
        for (const { name: policy, executions } of this.#policies) observe(executions, { policy })
      },
    )
    this.#counter(
      meter,
      'sampling_policy_execution_time_sum',
      ['How long each policy took.', 'us'],
      (observe) => {
        for (const { name: policy, ms } of this.#policies) observe(Math.round(ms * 1e3), { policy })
      },
    )
    this.#counter(
      meter,
      'sampling_policy_evaluation_error',
      ['Policies that failed with the data that they got.', '{errors}'],
      (observe) => observe(this.evaluationErrors),
    )
  }

  #registerTraces(meter: Meter, held: { readonly traces: number; readonly bytes: number }): void {
    this.#counter(meter, 'new_trace_id_received', ['Traces that began.', '{traces}'], (observe) =>
      observe(this.newTraces),
    )
    this.#counter(
      meter,
      'sampling_trace_dropped_too_early',
      ['Traces that were decided before their time, with the spans that were there.', '{traces}'],
      (observe) => {
        for (const [reason, count] of Object.entries(this.early)) observe(count, { reason })
      },
    )
    this.#counter(
      meter,
      'traces_dropped_too_large',
      ['Traces that were given up because they grew too large.', '{traces}'],
      (observe) => observe(this.tooLarge),
    )
    this.#counter(
      meter,
      'early_releases_from_cache_decision',
      ['Spans that came after the decision of their trace, and followed it.', '{spans}'],
      (observe) => {
        for (const [sampled, spans] of Object.entries(this.late)) observe(spans, { sampled })
      },
    )
    const traces = {
      name: `${PREFIX}sampling_traces_on_memory`,
      description: 'Traces that are held.',
      unit: '{traces}',
    }
    meter.gauge(traces, (observe) => observe(held.traces))
    const bytes = {
      name: 'waggle.tail_sampling.held_bytes',
      description: 'Memory of the traces that are held.',
      unit: 'By',
    }
    meter.gauge(bytes, (observe) => observe(held.bytes))
  }

  #registerTimes(meter: Meter): void {
    const register = (facts: MetricFacts, histogram: Histogram): void => {
      meter.histogram(facts, (observe) => {
        const { distribution } = histogram
        if (distribution) observe(distribution)
      })
    }
    const latency = {
      name: `${PREFIX}sampling_decision_timer_latency`,
      description: 'How long it took to decide the traces that were due.',
      unit: 'ms',
    }
    register(latency, this.#latency)
    const removal = {
      name: `${PREFIX}sampling_trace_removal_age`,
      description: 'From the first span of a trace to its decision.',
      unit: 's',
    }
    register(removal, this.#removalAge)
    const late = {
      name: `${PREFIX}sampling_late_span_age`,
      description: 'From the decision of a trace to spans that came after it.',
      unit: 's',
    }
    register(late, this.#lateAge)
  }
}
