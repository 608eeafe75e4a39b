import { compileCondition, compileWhere, SIGNAL_CONTEXTS } from '../../src/ottl/index.ts'
import type { Condition, Context } from '../../src/ottl/index.ts'
import type { Signal } from '../../src/pdata/otlp_request.ts'
import type { RouteConfig, RoutingConfig } from './config.ts'
import { parseRequestCondition, type RequestTest } from './request.ts'

/** A route as the batches of one kind meet it. */
export interface Route {
  /** The pipelines of that kind that it leads to. */
  readonly pipelines: readonly string[]
  /** Whether what matches is looked at by the routes that follow, too. */
  readonly isCopy: boolean
  /** On the request that a batch came in with, or on what is in the batch. */
  readonly test:
    | { readonly on: 'request'; readonly holds: RequestTest }
    | { readonly on: Context; readonly condition: Condition }
}

/** The kind of data of a pipeline, whose id has been checked. */
export function kindOf(pipeline: string): Signal {
  return pipeline.split('/', 1)[0]?.trim() as Signal
}

/** The pipelines of one kind. */
export function ofKind(pipelines: readonly string[], kind: Signal): string[] {
  return pipelines.filter((pipeline) => kindOf(pipeline) === kind)
}

/** The condition of a route. Throws OttlSyntaxError. */
export function conditionOf(context: Context, { condition, statement }: RouteConfig): Condition {
  if (condition !== undefined) return compileCondition(context, condition)
  return compileWhere(context, statement ?? '', 'route')
}

/** The routes for batches of one kind; those that lead to no pipeline of it are not among them. */
export function routesOf({ table }: RoutingConfig, kind: Signal): Route[] {
  return table.flatMap((route): Route[] => {
    const pipelines = ofKind(route.pipelines, kind)
    if (pipelines.length === 0) return []
    const common = { pipelines, isCopy: route.action === 'copy' }
    const { context } = route
    if (context === 'request') {
      const holds = parseRequestCondition(route.condition ?? '') ?? ((): boolean => false)
      return [{ ...common, test: { on: 'request', holds } }]
    }
    if (!SIGNAL_CONTEXTS[kind].includes(context)) return []
    return [{ ...common, test: { on: context, condition: conditionOf(context, route) } }]
  })
}
