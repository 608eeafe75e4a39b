import {
  filterLogs,
  filterMetrics,
  filterPoints,
  filterSpans,
} from '../../src/pdata/filter_items.ts'
import type { OtlpBatch } from '../../src/pdata/merge_batches.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { Sorted, SortedBatch } from './sort.ts'

/** The part of a batch that goes to one set of pipelines; the batch itself where that is all of it. */
export function pick(batch: OtlpBatch, set: number, sorted: SortedBatch): OtlpBatch {
  if (sorted.sets.size === 1) return batch
  const { places, totals } = sorted
  switch (batch.kind) {
    case 'traces': {
      const { groups } = filterSpans(batch, (group, i) => isIn(places.get(group), i, set))
      const kept = batch.totals.filter((_, i) => totals[i] === set)
      return new Traces(groups, batch.delivery, kept)
    }
    case 'logs':
      return filterLogs(batch, (group, i) => isIn(places.get(group), i, set))
    case 'metrics': {
      const some = filterMetrics(batch, (_, metric) => hasSome(places.get(metric), set))
      return filterPoints(some, (_, metric, i) => isIn(places.get(metric), i, set))
    }
  }
}

function isIn(sorted: Sorted | undefined, i: number, set: number): boolean {
  return (typeof sorted === 'object' ? sorted[i] : sorted) === set
}

function hasSome(sorted: Sorted | undefined, set: number): boolean {
  return typeof sorted === 'object' ? sorted.includes(set) : sorted === set
}
