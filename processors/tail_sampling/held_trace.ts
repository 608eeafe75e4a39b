import type { Delivery } from '../../src/pdata/delivery.ts'
import { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { EncodedSpanList } from '../../src/pdata/encoded_spans.ts'
import { encodedResource, encodedScope } from '../../src/pdata/otlp_groups.ts'
import type { Resource, Scope } from '../../src/pdata/resource.ts'

/** What the objects of a trace and of a piece take beside the spans, in bytes: measured. */
export const TRACE_BYTES = 260
/** See `TRACE_BYTES`. */
export const PIECE_BYTES = 130

/** Spans of one trace, resource and scope that came in one batch, as bytes. */
export class Piece {
  readonly trace: HeldTrace
  readonly resource: Resource
  readonly scope: Scope
  /** The batch and group that it came in, by number. */
  readonly serial: number
  /** Who is told what became of it; nobody where that was told already. */
  readonly delivery: Delivery | undefined
  next: Piece | undefined = undefined
  /** Where the spans stand, each with tag and length, one behind the other. */
  slab: Buffer | undefined = undefined
  from = 0
  size = 0
  count = 0

  constructor(
    trace: HeldTrace,
    { resource, scope }: { readonly resource: Resource; readonly scope: Scope },
    serial: number,
    delivery: Delivery | undefined,
  ) {
    this.trace = trace
    this.resource = resource
    this.scope = scope
    this.serial = serial
    this.delivery = delivery
  }

  /** The spans, over the same memory. */
  spans(): EncodedSpanList {
    const { slab, from, size, count } = this
    return new EncodedSpanList(EncodedItems.inOnePiece(slab as Buffer, from, from + size, count))
  }
}

/** A trace whose spans are waited for. */
export class HeldTrace {
  /** The trace's id as bytes, a character each. */
  readonly id: string
  /** Milliseconds of the clock. */
  readonly arrivedAt: number
  /** Its pieces as they came, each with the next one. */
  first: Piece | undefined = undefined
  last: Piece | undefined = undefined
  spans = 0
  /** Bytes of the spans. */
  bytes = 0
  /** What all of it takes in memory, in bytes. */
  footprint = TRACE_BYTES
  /** True once it is decided, or given up. */
  done = false
  rootSeen = false
  /** True once it is to be decided soon because its root has come. */
  isSoon = false
  /** How much of `footprint` is in the sum of all. */
  counted = 0

  constructor(id: string, arrivedAt: number) {
    this.id = id
    this.arrivedAt = arrivedAt
  }

  /** Appends a piece, which has no spans yet. */
  add(piece: Piece): void {
    if (this.last) this.last.next = piece
    else this.first = piece
    this.last = piece
    this.footprint += PIECE_BYTES
  }

  /** Its size as an OTLP request, without what stands around the resources. */
  get otlpBytes(): number {
    let bytes = this.bytes
    for (let piece = this.first; piece; piece = piece.next) {
      const resource = encodedResource(piece.resource)
      const scope = encodedScope(piece.scope)
      bytes += resource.own.length + resource.rest.length + scope.own.length + scope.rest.length
    }
    return bytes
  }

  /** Lets go of its spans: a line may have the trace itself for a while. */
  release(): void {
    this.first = this.last = undefined
  }
}
