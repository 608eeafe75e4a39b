import { logItems, metricItems, spanItems } from '../../src/pdata/item_bytes.ts'
import { bytesOf, type Environment, rewriteItems } from '../../src/ottl/index.ts'
import { EncodedLogList } from '../../src/pdata/encoded_logs.ts'
import { EncodedMetricGroup } from '../../src/pdata/encoded_metrics.ts'
import { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import { type LogGroup, Logs } from '../../src/pdata/logs.ts'
import { type OtlpGroup, withResource } from '../../src/pdata/map_groups.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { type MetricGroup, Metrics } from '../../src/pdata/metrics.ts'
import { DATA } from '../../src/pdata/otlp_metrics.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { type SpanGroup, Traces } from '../../src/pdata/traces.ts'
import type { Program } from './program.ts'
import { closedResource, closedScope, openResource, openScope } from './shared.ts'

const scratch = new ProtoWriter(1024)

/**
 * A batch after a program has run on all that it is about; the batch itself where nothing changed.
 * What came in stays as it was. Throws OttlError in mode `propagate`.
 */
export function transformed(batch: OtlpBatch, program: Program, env: Environment): OtlpBatch {
  const before = batch.groups as readonly OtlpGroup[]
  const after: OtlpGroup[] = []
  for (let i = 0; i < before.length;) {
    const { resource } = before[i] as OtlpGroup
    const start = i
    openResource(env, resource)
    env.cache.clear()
    if (program.context === 'resource') program.run(env)
    for (; before[i]?.resource === resource; i++) {
      after.push(transformedGroup(before[i] as OtlpGroup, program, env))
    }
    const closed = closedResource(env, resource)
    if (closed === resource) continue
    for (let k = start; k < i; k++) after[k] = withResource(after[k] as OtlpGroup, closed)
  }
  const totals = totalsOf(batch, program, env)
  const isSame = after.every((group, i) => group === before[i])
  return isSame && totals === undefined ? batch : madeOf(batch, after, totals)
}

function madeOf(
  batch: OtlpBatch,
  groups: readonly OtlpGroup[],
  totals: Traces['totals'] | undefined,
): OtlpBatch {
  const { delivery } = batch
  // The groups are of the batch's kind.
  switch (batch.kind) {
    case 'traces':
      return new Traces(groups as readonly SpanGroup[], delivery, totals ?? batch.totals)
    case 'metrics':
      return new Metrics(groups as readonly MetricGroup[], delivery)
    case 'logs':
      return new Logs(groups as readonly LogGroup[], delivery)
  }
}

/** Totals go with their resource; undefined where they stay as they are. */
function totalsOf(
  batch: OtlpBatch,
  program: Program,
  env: Environment,
): Traces['totals'] | undefined {
  if (batch.kind !== 'traces' || batch.totals.length === 0 || program.context !== 'resource') {
    return undefined
  }
  const known = new Map<Resource, Resource>()
  return batch.totals.map(({ resource, totals }) => {
    const done = known.get(resource) ?? transformedResource(resource, program, env)
    known.set(resource, done)
    return { resource: done, totals }
  })
}

function transformedResource(resource: Resource, program: Program, env: Environment): Resource {
  openResource(env, resource)
  env.cache.clear()
  program.run(env)
  return closedResource(env, resource)
}

function transformedGroup(group: OtlpGroup, program: Program, env: Environment): OtlpGroup {
  openScope(env, group.scope)
  if (program.context === 'scope') {
    env.cache.clear()
    program.run(env)
  }
  const changed = withItems(group, program, env)
  return withResource(changed, changed.resource, closedScope(env, group.scope))
}

function withItems(group: OtlpGroup, program: Program, env: Environment): OtlpGroup {
  const { context, inOrder } = program
  if (context === 'resource' || context === 'scope') return group
  const change = changeOf(program, env)
  if ('spans' in group) {
    const items = spanItems(group.spans)
    const left = rewriteItems(items, { env, draft: env.span, change, inOrder })
    return left === items ? group : { ...group, spans: new EncodedSpanList(left) }
  }
  if ('logs' in group) {
    const items = logItems(group.logs)
    const left = rewriteItems(items, { env, draft: env.log, change, inOrder })
    return left === items ? group : { ...group, logs: new EncodedLogList(left) }
  }
  const items = metricItems(group)
  const left = rewriteItems(items, { env, draft: env.metric, change, inOrder })
  return left === items ? group : new EncodedMetricGroup(group.resource, group.scope, left)
}

function changeOf(program: Program, env: Environment): () => void {
  if (program.context === 'spanevent') return () => changeEvents(program, env)
  if (program.context === 'datapoint') return () => changePoints(program, env)
  return () => program.run(env)
}

function changeEvents(program: Program, env: Environment): void {
  if (!env.span.has(SPAN.events)) return
  const events = env.span.list(SPAN.events)
  for (let i = 0; i < events.length; i++) {
    env.cache.clear()
    env.eventIndex = i
    env.spanevent.over(...(events.at(i) as [Buffer, number, number]))
    program.run(env)
    if (env.spanevent.changed) events.replace(i, bytesOf(env.spanevent, scratch))
  }
}

function changePoints(program: Program, env: Environment): void {
  const points = env.data?.list(DATA.points)
  if (!points) return
  env.pointField = env.dataField
  for (let i = 0; i < points.length; i++) {
    env.cache.clear()
    env.datapoint.over(...(points.at(i) as [Buffer, number, number]))
    program.run(env)
    if (env.datapoint.changed) points.replace(i, bytesOf(env.datapoint, scratch))
  }
}
