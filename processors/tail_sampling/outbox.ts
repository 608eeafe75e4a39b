import { ConcatSpanList } from '../../src/pdata/concat_span_list.ts'
import type { Delivery } from '../../src/pdata/delivery.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'
import { type SpanGroup, type SpanList, Traces } from '../../src/pdata/traces.ts'
import type { HeldTrace, Piece } from './held_trace.ts'

/** Spans of a batch that is handed on, about: a trace is never parted. */
const BATCH_SPANS = 4096

/** Traces that are sampled, on their way out. */
export class Outbox {
  #pieces: Piece[] = []
  #spans = 0
  readonly #emit: (batch: Traces) => void
  readonly #deliveryOf: (pieces: readonly Piece[], spans: number) => Delivery

  /** @param deliveryOf makes the delivery of a batch of these pieces */
  constructor(
    emit: (batch: Traces) => void,
    deliveryOf: (pieces: readonly Piece[], spans: number) => Delivery,
  ) {
    this.#emit = emit
    this.#deliveryOf = deliveryOf
  }

  /** Takes a trace in, and hands on what there is when that is enough. */
  add(trace: HeldTrace): void {
    for (let piece = trace.first; piece; piece = piece.next) this.#pieces.push(piece)
    this.#spans += trace.spans
    if (this.#spans >= BATCH_SPANS) this.flush()
  }

  /** Hands on what there is. */
  flush(): void {
    const pieces = this.#pieces
    const spans = this.#spans
    if (pieces.length === 0) return
    this.#pieces = []
    this.#spans = 0
    this.#emit(new Traces(groupsOf(pieces), this.#deliveryOf(pieces, spans)))
  }
}

/** Pieces of one resource and scope are one group; scopes of one resource follow each other. */
function groupsOf(pieces: readonly Piece[]): SpanGroup[] {
  const resources = new Map<Resource, Map<Scope, SpanList[]>>()
  for (const piece of pieces) {
    let scopes = resources.get(piece.resource)
    if (!scopes) resources.set(piece.resource, (scopes = new Map()))
    const lists = scopes.get(piece.scope)
    if (lists) lists.push(piece.spans())
    else scopes.set(piece.scope, [piece.spans()])
  }
  const groups: SpanGroup[] = []
  for (const [resource, scopes] of resources) {
    for (const [scope, lists] of scopes) {
      groups.push({ resource, scope, spans: ConcatSpanList.of(lists) })
    }
  }
  return groups
}
