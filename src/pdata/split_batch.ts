import { Logs } from './logs.ts'
import type { OtlpBatch } from './merge_batches.ts'
import { splitMetrics } from './metrics_split.ts'
import { Traces } from './traces.ts'

/**
 * The first `items` items of a batch and the rest; the batch itself where it has no more. With a rest
 * the delivery has one holder more, because each part is settled by itself. Totals, which are no items,
 * go with the first part. Nothing is decoded.
 */
export function splitBatch<B extends OtlpBatch>(batch: B, items: number): [head: B, rest?: B] {
  if (batch.itemCount <= items) return [batch]
  const parts = halves(batch, items) as [B, B]
  batch.delivery.hold(1)
  return parts
}

function halves(batch: OtlpBatch, items: number): readonly [OtlpBatch, OtlpBatch] {
  const { delivery } = batch
  switch (batch.kind) {
    case 'traces': {
      const cut = cutGroups(batch.groups, items, spansOf, (group, spans) => ({ ...group, spans }))
      return [new Traces(cut.head, delivery, batch.totals), new Traces(cut.rest, delivery)]
    }
    case 'metrics':
      return splitMetrics(batch, items)
    case 'logs': {
      const part = (list: 'head' | 'rest') => new Logs(cut[list], delivery)
      const cut = cutGroups(batch.groups, items, logsOf, (group, logs) => ({ ...group, logs }))
      return [part('head'), part('rest')]
    }
  }
}

const spansOf = ({ spans }: Traces['groups'][number]) => spans
const logsOf = ({ logs }: Logs['groups'][number]) => logs

interface Sliceable<L> {
  readonly length: number
  slice(from: number, to: number): L
}

function cutGroups<G, L extends Sliceable<L>>(
  groups: readonly G[],
  items: number,
  listOf: (group: G) => L,
  withList: (group: G, list: L) => G,
): { readonly head: G[]; readonly rest: G[] } {
  const head: G[] = []
  const rest: G[] = []
  let room = items
  for (const group of groups) {
    const list = listOf(group)
    const { length } = list
    if (room >= length) head.push(group)
    else if (room <= 0) rest.push(group)
    else {
      head.push(withList(group, list.slice(0, room)))
      rest.push(withList(group, list.slice(room, length)))
    }
    room -= length
  }
  return { head, rest }
}
