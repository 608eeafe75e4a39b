import { Logs, type LogGroup } from './logs.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { type MetricGroup, Metrics } from './metrics.ts'
import type { Resource, Scope } from './resource.ts'
import { type SpanGroup, Traces } from './traces.ts'

/*
 * What processors do to batches as a whole. Items that are bytes stay bytes: what nobody looks at is
 * not decoded, and fields that we do not know survive.
 */

/** A group of a batch of any kind. */
export type OtlpGroup = SpanGroup | MetricGroup | LogGroup

/** The same items under another resource, and under another scope where one is given. */
export function withResource<G extends OtlpGroup>(
  group: G,
  resource: Resource,
  scope: Scope = group.scope,
): G {
  if (resource === group.resource && scope === group.scope) return group
  if ('under' in group && group.under) return group.under(resource, scope) as G
  return { ...group, resource, scope }
}

/**
 * A batch of the groups that `change` makes, with the same delivery; the batch itself, and with it the
 * bytes it was received as, where none of them changes. A group for which it gives undefined goes.
 */
export function mapGroups<B extends OtlpBatch>(
  batch: B,
  change: (group: B['groups'][number]) => B['groups'][number] | undefined,
): B {
  const before = batch.groups as readonly OtlpGroup[]
  const after = before.map((group) => change(group as B['groups'][number]))
  if (after.every((group, i) => group === before[i])) return batch
  const groups = after.filter((group) => group !== undefined)
  return made(batch, groups) as B
}

function made(batch: OtlpBatch, groups: readonly OtlpGroup[]): OtlpBatch {
  const { delivery } = batch
  // The groups are of the batch's kind.
  switch (batch.kind) {
    case 'traces':
      return new Traces(groups as readonly SpanGroup[], delivery, batch.totals)
    case 'metrics':
      return new Metrics(groups as readonly MetricGroup[], delivery)
    case 'logs':
      return new Logs(groups as readonly LogGroup[], delivery)
  }
}
