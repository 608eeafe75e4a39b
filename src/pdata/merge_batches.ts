import { ConcatLogList } from './concat_log_list.ts'
import { ConcatMetricGroup } from './concat_metric_group.ts'
import { ConcatSpanList } from './concat_span_list.ts'
import { Delivery } from './delivery.ts'
import { NO_TOTALS } from './exchange_totals.ts'
import { Logs } from './logs.ts'
import { Metrics } from './metrics.ts'
import type { Group } from './otlp_groups.ts'
import type { Resource } from './resource.ts'
import { Traces } from './traces.ts'

/** Batches that have a form in OTLP. */
export type OtlpBatch = Traces | Metrics | Logs

/**
 * One batch for several of one kind, in which each resource and scope stands once. What was received
 * stays bytes. Its delivery settles all of theirs. Before received batches of several senders are
 * merged, ask `checkItems`.
 *
 * @param batches at least one, all of the same kind
 */
export function mergeBatches<B extends OtlpBatch>(batches: readonly B[]): B {
  const [first] = batches as readonly [B]
  if (batches.length === 1) return first
  return merged(batches, Delivery.join(batches.map(({ delivery }) => delivery))) as B
}

function merged(batches: readonly OtlpBatch[], delivery: Delivery): OtlpBatch {
  const [first] = batches as readonly [OtlpBatch]
  switch (first.kind) {
    case 'traces':
      return mergedTraces(batches as readonly Traces[], delivery)
    case 'metrics':
      return new Metrics(mergedMetrics(batches as readonly Metrics[]), delivery)
    case 'logs':
      return new Logs(mergedLogs(batches as readonly Logs[]), delivery)
  }
}

function mergedTraces(batches: readonly Traces[], delivery: Delivery): Traces {
  return new Traces(mergedSpans(batches), delivery, mergedTotals(batches))
}

/** The totals of a resource stand together; those of the same exchanges add up where they are counted. */
function mergedTotals(batches: readonly Traces[]): Traces['totals'] {
  const groups = batches.flatMap(({ totals }) => totals)
  if (groups.length === 0) return NO_TOTALS
  const byResource = Map.groupBy(groups, ({ resource }) => resource)
  return [...byResource].map(([resource, same]) => ({
    resource,
    totals: same.flatMap(({ totals }) => totals),
  }))
}

function mergedSpans(batches: readonly Traces[]): Traces['groups'] {
  const groups = batches.flatMap((batch) => batch.groups.filter(({ spans }) => spans.length > 0))
  return bySource(groups).map((same) => {
    const { resource, scope } = same[0]
    return { resource, scope, spans: ConcatSpanList.of(same.map(({ spans }) => spans)) }
  })
}

function mergedMetrics(batches: readonly Metrics[]): Metrics['groups'] {
  const groups = batches.flatMap((batch) => batch.groups)
  return bySource(groups).map((same) => ConcatMetricGroup.of(same))
}

function mergedLogs(batches: readonly Logs[]): Logs['groups'] {
  const groups = batches.flatMap((batch) => batch.groups.filter(({ logs }) => logs.length > 0))
  return bySource(groups).map((same) => {
    const { resource, scope } = same[0]
    return { resource, scope, logs: ConcatLogList.of(same.map(({ logs }) => logs)) }
  })
}

/** Groups that belong together, in the order in which they came; those of a resource lie together. */
function bySource<G extends Group>(groups: readonly G[]): [G, ...G[]][] {
  const byResource = new Map<Resource, [G, ...G[]][]>()
  for (const group of groups) {
    const known = byResource.get(group.resource)
    if (!known) {
      byResource.set(group.resource, [[group]])
      continue
    }
    const same = known.find(([{ scope }]) => scope === group.scope)
    if (same) same.push(group)
    else known.push([group])
  }
  return [...byResource.values()].flat()
}
