import { OttlError } from '../../src/ottl/index.ts'
import type { HeldTrace } from './held_trace.ts'
import { makePolicy, type PolicySurroundings } from './make_policy.ts'
import type { PolicyCount, TailSamplingMetrics } from './metrics.ts'
import { DECISION, type Decision, type Evaluate, type TraceView, viewOf } from './policy.ts'
import type { PolicyConfig } from './policy_config.ts'

/** What policies are asked with. */
export interface PoliciesOptions extends PolicySurroundings {
  readonly configs: readonly PolicyConfig[]
  /** Whether no further ones are asked once one has sampled. */
  readonly firstMatch: boolean
  readonly metrics: TailSamplingMetrics
}

interface Policy {
  readonly evaluate: Evaluate
  readonly count: PolicyCount
}

/** All policies. Those that drop are asked first, and go before all others. */
export class Policies {
  readonly #drops: readonly Policy[]
  readonly #others: readonly Policy[]
  readonly #firstMatch: boolean
  readonly #metrics: TailSamplingMetrics

  constructor(options: PoliciesOptions) {
    const { configs, metrics, firstMatch } = options
    const made = configs.map((config) => {
      const count = metrics.policy(config.name)
      return { type: config.type, policy: { evaluate: makePolicy(config, options), count } }
    })
    this.#drops = made.filter(({ type }) => type === 'drop').map(({ policy }) => policy)
    this.#others = made.filter(({ type }) => type !== 'drop').map(({ policy }) => policy)
    this.#firstMatch = firstMatch
    this.#metrics = metrics
  }

  /** What becomes of a trace. A policy that fails says nothing. */
  decide(trace: HeldTrace): Decision {
    const view = viewOf(trace)
    let at = performance.now()
    let decision: Decision = DECISION.notSampled
    for (const policies of [this.#drops, this.#others]) {
      for (const policy of policies) {
        const said = this.#ask(policy, view)
        const now = performance.now()
        policy.count.asked(now - at)
        at = now
        if (said === DECISION.dropped) return said
        if (said === DECISION.sampled) decision = said
        if (decision === DECISION.sampled && this.#firstMatch) return decision
      }
    }
    return decision
  }

  #ask({ evaluate, count }: Policy, view: TraceView): Decision | undefined {
    try {
      const said = evaluate(view)
      count.said(said)
      return said
    } catch (error) {
      if (!(error instanceof OttlError)) throw error
      this.#metrics.evaluationErrors++
      return undefined
    }
  }
}
