import { Delivery } from '../../src/pdata/delivery.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import type { SpanGroup, SpanList } from '../../src/pdata/traces.ts'
import { ConcatSpanList } from './concat_span_list.ts'

/** Spans that wait to be handed on, in the order in which they came. */
export class PendingTraces {
  #batches: Traces[] = []
  #itemCount = 0

  /** Number of spans that wait. */
  get itemCount(): number {
    return this.#itemCount
  }

  /** Takes a batch over; it is not empty. */
  add(batch: Traces): void {
    this.#batches.push(batch)
    this.#itemCount += batch.itemCount
  }

  /** Takes out the oldest spans, `items` at most, as one batch. */
  take(items: number): Traces {
    if (items >= this.#itemCount) return this.#takeAll()
    const taken: Traces[] = []
    this.#itemCount -= items
    for (let room = items; room > 0;) {
      const [head, rest] = splitTraces(this.#batches.shift() as Traces, room)
      taken.push(head)
      room -= head.itemCount
      if (rest) this.#batches.unshift(rest)
    }
    return mergeTraces(taken)
  }

  #takeAll(): Traces {
    const taken = this.#batches
    this.#batches = []
    this.#itemCount = 0
    return mergeTraces(taken)
  }
}

/**
 * The first `items` spans of a batch and the rest. With a rest the delivery has one holder more,
 * because each part is settled by itself.
 */
function splitTraces(batch: Traces, items: number): [head: Traces, rest?: Traces] {
  if (batch.itemCount <= items) return [batch]
  const head: SpanGroup[] = []
  const rest: SpanGroup[] = []
  let room = items
  for (const group of batch.groups) {
    const { length } = group.spans
    if (room >= length) head.push(group)
    else if (room <= 0) rest.push(group)
    else {
      head.push({ ...group, spans: group.spans.slice(0, room) })
      rest.push({ ...group, spans: group.spans.slice(room, length) })
    }
    room -= length
  }
  batch.delivery.hold(1)
  return [new Traces(head, batch.delivery), new Traces(rest, batch.delivery)]
}

/** One batch for several, in which each resource and scope stands once. */
function mergeTraces(batches: readonly Traces[]): Traces {
  const [first] = batches
  const groups = mergeGroups(batches)
  if (first && batches.length === 1 && groups.length === first.groups.length) return first
  const deliveries = batches.map((batch) => batch.delivery)
  return new Traces(groups, deliveries.length === 1 ? deliveries[0]! : Delivery.join(deliveries))
}

interface Merged {
  readonly resource: Resource
  readonly scope: Scope
  readonly lists: SpanList[]
}

function mergeGroups(batches: readonly Traces[]): SpanGroup[] {
  const merged: Merged[] = []
  const byResource = new Map<Resource, Merged[]>()
  for (const batch of batches) {
    for (const { resource, scope, spans } of batch.groups) {
      if (spans.length === 0) continue
      const known = byResource.get(resource) ?? []
      const same = known.find((group) => group.scope === scope)
      if (same) {
        same.lists.push(spans)
        continue
      }
      const group = { resource, scope, lists: [spans] }
      known.push(group)
      byResource.set(resource, known)
      merged.push(group)
    }
  }
  return merged.map(({ resource, scope, lists }) => {
    return { resource, scope, spans: ConcatSpanList.of(lists) }
  })
}
