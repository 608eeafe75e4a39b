import type { Clock } from '../../src/helpers/clock.ts'
import { TokenBucket } from '../../src/helpers/token_bucket.ts'
import type { Faults } from '../../src/ottl/index.ts'
import { booleanAttribute, numericAttribute, stringAttribute } from './attribute_policies.ts'
import { all, composite, dropped, inverted } from './combined_policies.ts'
import { ottlCondition } from './ottl_policy.ts'
import { DECISION, type Evaluate, sampledWhere, type TraceView } from './policy.ts'
import type { PartConfig, PolicyConfig } from './policy_config.ts'
import { probabilistic } from './probabilistic.ts'
import { latency, spanCount, statusCodes, traceFlags, traceState } from './span_policies.ts'

/** What policies need beside their options. */
export interface PolicySurroundings {
  readonly faults: Faults
  readonly clock: Pick<Clock, 'now'>
}

/** A policy of the configuration, which has been checked. */
export function makePolicy(
  config: PolicyConfig | PartConfig,
  around: PolicySurroundings,
): Evaluate {
  const many = (parts: readonly PartConfig[]): Evaluate[] =>
    parts.map((part) => makePolicy(part, around))
  const { type } = config
  switch (type) {
    case 'always_sample':
      return () => DECISION.sampled
    case 'trace_flags':
      return traceFlags()
    case 'latency':
      return latency(given(config.latency))
    case 'numeric_attribute':
      return numericAttribute(given(config.numeric_attribute))
    case 'string_attribute':
      return stringAttribute(given(config.string_attribute))
    case 'boolean_attribute':
      return booleanAttribute(given(config.boolean_attribute))
    case 'status_code':
      return statusCodes(given(config.status_code))
    case 'rate_limiting': {
      const { spans_per_second: rate, burst_capacity: burst } = given(config.rate_limiting)
      return limited({ rate, burst, cost: ({ trace }) => trace.spans }, around)
    }
    case 'bytes_limiting': {
      const { bytes_per_second: rate, burst_capacity: burst } = given(config.bytes_limiting)
      return limited({ rate, burst, cost: ({ trace }) => trace.otlpBytes }, around)
    }
    case 'probabilistic':
      return probabilistic(given(config.probabilistic))
    case 'span_count':
      return spanCount(given(config.span_count))
    case 'trace_state':
      return traceState(given(config.trace_state))
    case 'ottl_condition':
      return ottlCondition(given(config.ottl_condition), around.faults)
    case 'and':
      return all(many(given((config as PolicyConfig).and).and_sub_policy))
    case 'not':
      return inverted(makePolicy(given((config as PolicyConfig).not).not_sub_policy, around))
    case 'drop':
      return dropped(many(given(config.drop).drop_sub_policy))
    case 'composite': {
      const options = given(config.composite)
      const parts = options.composite_sub_policy.map(
        (part) => [part.name, makePolicy(part, around)] as const,
      )
      return composite(options, new Map(parts), around.clock)
    }
  }
}

/** The options of a policy: the check of the configuration has seen that they are there. */
function given<T>(options: T | undefined): T {
  return options as T
}

interface Limit {
  readonly rate: number
  /** 0: twice the rate. */
  readonly burst: number
  readonly cost: (view: TraceView) => number
}

function limited({ rate, burst, cost }: Limit, { clock }: PolicySurroundings): Evaluate {
  const bucket = new TokenBucket(rate, clock, burst || 2 * rate)
  return sampledWhere((view) => bucket.takeAll(cost(view)))
}
