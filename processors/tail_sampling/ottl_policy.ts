import {
  compileCondition,
  type Context,
  Environment,
  type Faults,
  Judge,
  openGroup,
  openItem,
} from '../../src/ottl/index.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { type Evaluate, sampledWhere } from './policy.ts'
import type { PolicyConfig } from './policy_config.ts'

type Options = NonNullable<PolicyConfig['ottl_condition']>

/** `ottl_condition`: of each span itself first, then its events. */
export function ottlCondition(options: Options, faults: Faults): Evaluate {
  const judgeOf = (context: Context, texts: readonly string[]): Judge | undefined => {
    const conditions = texts.map((text) => compileCondition(context, text))
    return texts.length === 0 ? undefined : new Judge(conditions, options.error_mode, faults)
  }
  const span = judgeOf('span', options.span)
  const event = judgeOf('spanevent', options.spanevent)
  const env = new Environment()
  return sampledWhere(({ parts }) => {
    for (const part of parts) {
      openGroup(env, part)
      const { items } = part.spans
      for (let i = 0; i < items.length; i++) {
        openItem(env, env.span, items, i)
        if (span?.holds(env) || (event && anyEvent(env, event))) return true
      }
    }
    return false
  })
}

function anyEvent(env: Environment, judge: Judge): boolean {
  if (!env.span.has(SPAN.events)) return false
  const events = env.span.list(SPAN.events)
  for (let i = 0; i < events.length; i++) {
    env.cache.clear()
    env.eventIndex = i
    env.spanevent.over(...(events.at(i) as [Buffer, number, number]))
    if (judge.holds(env)) return true
  }
  return false
}
