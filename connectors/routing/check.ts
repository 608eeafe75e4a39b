import type { z } from 'zod'
import { problemsIn, SIGNAL_CONTEXTS } from '../../src/ottl/index.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import type { RouteConfig } from './config.ts'
import { parseRequestCondition } from './request.ts'
import { conditionOf, kindOf } from './routes.ts'

/** Reports routes that cannot be taken, each at its place. */
export function reportFaults(
  { table }: { readonly table: readonly RouteConfig[] },
  ctx: z.RefinementCtx,
): void {
  table.forEach((route, i) => {
    const fault = faultOf(route)
    if (!fault) return
    const [path, message] = fault
    ctx.addIssue({ code: 'custom', path: ['table', i, ...path], message })
  })
}

type Fault = readonly [path: readonly string[], message: string]

function faultOf(route: RouteConfig): Fault | undefined {
  const { condition, statement, context, pipelines } = route
  if (condition !== undefined && statement !== undefined) {
    return [['statement'], 'expected either "condition" or "statement", received both']
  }
  if (context === 'request') return requestFault(route)
  if (condition === undefined && statement === undefined) {
    return [[], 'expected "condition" or "statement"']
  }
  const kinds = [...new Set(pipelines.map(kindOf))]
  if (!kinds.some((kind) => canSee(kind, context))) {
    return [['context'], `the context "${context}" is none of ${kinds.join(' or ')}`]
  }
  const message = problemsIn(() => conditionOf(context, route))
  return message === undefined
    ? undefined
    : [[condition === undefined ? 'statement' : 'condition'], message]
}

function requestFault({ condition }: RouteConfig): Fault | undefined {
  if (condition === undefined)
    return [[], 'expected "condition", which the context "request" needs']
  if (parseRequestCondition(condition)) return undefined
  return [['condition'], 'expected request["name"] == "value" or request["name"] != "value"']
}

function canSee(kind: Signal, context: Exclude<RouteConfig['context'], 'request'>): boolean {
  return SIGNAL_CONTEXTS[kind].includes(context)
}
