import { openField, openGroup, openItem, openMetric } from '../../src/ottl/index.ts'
import type { Environment } from '../../src/ottl/index.ts'
import { logItems, spanItems } from '../../src/pdata/item_bytes.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import type { OtlpGroup } from '../../src/pdata/map_groups.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { type Metric, pointCountOf } from '../../src/pdata/metrics.ts'
import { encodedResource } from '../../src/pdata/otlp_groups.ts'
import { DATA } from '../../src/pdata/otlp_metrics.ts'
import { type Decision, DEPTH, type Progress } from './decision.ts'

/** Where the items of a thing go: all of them to one set of pipelines, or each to its own. */
export type Sorted = number | Uint32Array

/** Where everything in a batch goes. */
export interface SortedBatch {
  /** By group of spans or log records, and by metric. */
  readonly places: ReadonlyMap<OtlpGroup | Metric, Sorted>
  /** By place in the batch's totals. */
  readonly totals: readonly number[]
  /** All sets that occur, in the order in which they were met. */
  readonly sets: ReadonlySet<number>
}

/** What sorting works with. */
export interface Sorting {
  readonly env: Environment
  readonly decision: Decision
}

/** Finds out where everything in a batch goes. Throws OttlError. */
export function sortBatch(batch: OtlpBatch, { env, decision }: Sorting): SortedBatch {
  const places = new Map<OtlpGroup | Metric, Sorted>()
  const sets = new Set<number>()
  const place = (thing: OtlpGroup | Metric, sorted: Sorted): void => {
    places.set(thing, sorted)
    if (typeof sorted === 'number') sets.add(sorted)
    else for (const set of sorted) sets.add(set)
  }
  const whole = decision.ofBatch(batch.delivery.client?.metadata)
  for (const group of batch.groups) {
    openGroup(env, group)
    const progress = decision.of(whole, DEPTH.resource)
    if (!('metrics' in group)) place(group, sortItems(group, progress, { env, decision }))
    else
      for (const metric of group.metrics)
        place(metric, sortMetric(metric, progress, { env, decision }))
  }
  const totals = sortTotals(batch, whole, { env, decision })
  for (const set of totals) sets.add(set)
  return { places, totals, sets }
}

function sortItems(group: OtlpGroup, progress: Progress, { env, decision }: Sorting): Sorted {
  if (progress.next < 0) return progress.set
  const isSpans = 'spans' in group
  const items = itemsOf(group)
  const draft = isSpans ? env.span : env.log
  const sorted = new Uint32Array(items.length)
  for (let i = 0; i < items.length; i++) {
    openItem(env, draft, items, i)
    sorted[i] = decision.ofItem(progress)
  }
  return sorted
}

function itemsOf(group: OtlpGroup): EncodedItems {
  if ('spans' in group) return spanItems(group.spans)
  if ('logs' in group) return logItems(group.logs)
  throw new Error('sort the items of a group of metrics')
}

function sortMetric(metric: Metric, outer: Progress, { env, decision }: Sorting): Sorted {
  if (outer.next < 0) return outer.set
  openMetric(env, metric)
  const count = pointCountOf(metric)
  if (count === 0) return decision.ofEmpty(outer, DEPTH.metric)
  const progress = decision.of(outer, DEPTH.metric)
  if (progress.next < 0) return progress.set
  env.pointField = env.dataField
  const points = env.data?.list(DATA.points)
  const sorted = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const bytes = points?.at(i)
    if (bytes) env.datapoint.over(...bytes)
    sorted[i] = decision.ofItem(progress)
  }
  return sorted
}

/** Totals are of resources, and have nothing that a route on spans could look at. */
function sortTotals(batch: OtlpBatch, whole: Progress, { env, decision }: Sorting): number[] {
  if (batch.kind !== 'traces') return []
  return batch.totals.map(({ resource }) => {
    openField(env.resource, encodedResource(resource).own)
    return decision.ofEmpty(whole, DEPTH.resource)
  })
}
