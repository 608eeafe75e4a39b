import type { Clock } from '../../src/helpers/clock.ts'
import { DECISION, type Decision, type Evaluate } from './policy.ts'
import type { CompositeConfig } from './policy_config.ts'

/** `and`: samples what all of these sample. */
export function all(parts: readonly Evaluate[], yes: Decision = DECISION.sampled): Evaluate {
  return (view) => {
    for (const part of parts) if (part(view) === DECISION.notSampled) return DECISION.notSampled
    return yes
  }
}

/** `drop`: drops what all of these sample. */
export function dropped(parts: readonly Evaluate[]): Evaluate {
  return all(parts, DECISION.dropped)
}

/** `not`: samples what this does not. */
export function inverted(part: Evaluate): Evaluate {
  return (view) => (part(view) === DECISION.sampled ? DECISION.notSampled : DECISION.sampled)
}

/** A policy in a `composite` one, with its share. */
interface Share {
  readonly evaluate: Evaluate
  /** Spans a second. */
  readonly limit: number
  sampled: number
}

/**
 * `composite`: the first policy that would sample a trace decides, and samples it if that policy's
 * share of this second has room for the trace's spans.
 */
export function composite(
  config: CompositeConfig,
  parts: ReadonlyMap<string, Evaluate>,
  clock: Pick<Clock, 'now'>,
): Evaluate {
  const shares = sharesOf(config, parts)
  let second = -1
  return (view) => {
    const now = Math.floor(clock.now() / 1000)
    if (now !== second) for (const share of shares) share.sampled = 0
    second = now
    for (const share of shares) {
      if (share.evaluate(view) !== DECISION.sampled) continue
      const spans = share.sampled + view.trace.spans
      if (spans > share.limit) return DECISION.notSampled
      share.sampled = spans
      return DECISION.sampled
    }
    return DECISION.notSampled
  }
}

function sharesOf(config: CompositeConfig, parts: ReadonlyMap<string, Evaluate>): Share[] {
  const { max_total_spans_per_second: total, policy_order: order, rate_allocation } = config
  const percents = new Map(rate_allocation.map(({ policy, percent }) => [policy, percent]))
  return (order.length > 0 ? order : [...parts.keys()]).map((name) => {
    const percent = percents.get(name) || 100 / parts.size
    const limit = Math.floor((percent / 100) * total)
    return { evaluate: parts.get(name) as Evaluate, limit, sampled: 0 }
  })
}
