import type { Delivery } from '../../src/pdata/delivery.ts'
import type { EncodedItems } from '../../src/pdata/encoded_items.ts'
import { spanItems } from '../../src/pdata/item_bytes.ts'
import { SCOPE_GROUP_ITEMS } from '../../src/pdata/otlp_groups.ts'
import { SPAN } from '../../src/pdata/otlp_traces.ts'
import { ProtoReader, WIRE } from '../../src/pdata/proto_reader.ts'
import type { SpanGroup } from '../../src/pdata/traces.ts'
import { type HeldTrace, Piece } from './held_trace.ts'

const ID_BYTES = 16
const TRACE_ID_TAG = (SPAN.traceId << 3) | WIRE.bytes
const ITEM_TAG = (SCOPE_GROUP_ITEMS << 3) | WIRE.bytes

/** Who gets the spans of a trace; nobody where they are not wanted. @param id a character a byte */
export type TraceOf = (id: string) => HeldTrace | undefined

/** What an intake is told with the spans. */
export interface IntakeOptions {
  readonly traceOf: TraceOf
  /** The delivery that each piece holds; none where the sender has been told already. */
  readonly delivery?: Delivery | undefined
  /** Whether to look for roots. */
  readonly findsRoots: boolean
}

/**
 * Parts batches by trace. The spans of a batch are copied once, those of a trace one behind the other,
 * and of each span nothing is read but its trace id.
 */
export class Intake {
  #serial = 0
  /** The spans at hand that are wanted: the piece of each, and where it stands. */
  readonly #pieceOf: Piece[] = []
  readonly #made: Piece[] = []
  readonly #reader = new ProtoReader()

  /** Takes the spans of the groups in; returns the pieces that were made. */
  take(groups: readonly SpanGroup[], options: IntakeOptions): readonly Piece[] {
    this.#made.length = 0
    for (const group of groups) this.#takeGroup(group, options)
    return this.#made
  }

  #takeGroup(group: SpanGroup, options: IntakeOptions): void {
    const items = spanItems(group.spans)
    const begin = this.#made.length
    const wanted = this.#part(items, group, options)
    this.#copy(items, begin, wanted)
  }

  /** Gives each span its piece; returns how many bytes they take. */
  #part(items: EncodedItems, group: SpanGroup, options: IntakeOptions): number {
    const { traceOf, delivery, findsRoots } = options
    const serial = ++this.#serial
    const pieceOf = this.#pieceOf
    const { bytes } = items
    let bytesWanted = 0
    let last: Piece | undefined
    let lastFrom = -1
    pieceOf.length = 0
    for (let i = 0; i < items.length; i++) {
      const start = items.start(i)
      const end = items.end(i)
      const from = this.#idAt(bytes, start, end)
      if (last === undefined || !sameId(bytes, lastFrom, from)) {
        last = this.#pieceFor(traceOf(idText(bytes, from)), group, serial, delivery)
        lastFrom = from
      }
      pieceOf.push(last)
      if (last === NOWHERE) continue
      const size = end - start + prefixBytes(end - start)
      last.count++
      last.size += size
      bytesWanted += size
      if (findsRoots && !last.trace.rootSeen) last.trace.rootSeen = this.#isRoot(bytes, start, end)
    }
    return bytesWanted
  }

  #pieceFor(
    trace: HeldTrace | undefined,
    group: SpanGroup,
    serial: number,
    delivery: Delivery | undefined,
  ): Piece {
    if (trace === undefined) return NOWHERE
    if (trace.last?.serial === serial) return trace.last
    const piece = new Piece(trace, group, serial, delivery)
    delivery?.hold(1)
    trace.add(piece)
    this.#made.push(piece)
    return piece
  }

  #copy(items: EncodedItems, begin: number, wanted: number): void {
    if (wanted === 0) return
    // Small ones share the memory of Node's pool, large ones have their own.
    const slab = Buffer.allocUnsafe(wanted)
    let offset = 0
    for (let n = begin; n < this.#made.length; n++) {
      const piece = this.#made[n] as Piece
      piece.slab = slab
      piece.from = offset
      offset += piece.size
      const { trace, size } = piece
      trace.spans += piece.count
      trace.bytes += size
      trace.footprint += size
    }
    this.#fill(items, slab)
    // Each had been moved on while it was filled.
    for (let n = begin; n < this.#made.length; n++) {
      const piece = this.#made[n] as Piece
      piece.from -= piece.size
    }
  }

  #fill(items: EncodedItems, slab: Buffer): void {
    const { bytes } = items
    for (let i = 0; i < items.length; i++) {
      const piece = this.#pieceOf[i] as Piece
      if (piece === NOWHERE) continue
      const start = items.start(i)
      const end = items.end(i)
      piece.from = writeItem(slab, piece.from, bytes, start, end)
    }
  }

  /** Where the trace id begins; -1 where the span has none. */
  #idAt(bytes: Buffer, start: number, end: number): number {
    // It is the first field of nearly all spans.
    if (bytes[start] === TRACE_ID_TAG && bytes[start + 1] === ID_BYTES) return start + 2
    const reader = this.#reader.over(bytes, start, end)
    let at = -1
    while (reader.next()) {
      const isId = reader.field === SPAN.traceId && reader.wire === WIRE.bytes
      if (isId) at = reader.to - reader.from === ID_BYTES ? reader.from : -1
    }
    return at
  }

  #isRoot(bytes: Buffer, start: number, end: number): boolean {
    const reader = this.#reader.over(bytes, start, end)
    let isRoot = true
    while (reader.next()) {
      if (reader.field !== SPAN.parentSpanId || reader.wire !== WIRE.bytes) continue
      isRoot = isZero(bytes, reader.from, reader.to)
    }
    return isRoot
  }
}

/** Stands for the piece of spans that nobody wants. */
const NOWHERE = new Piece(
  undefined as never,
  { resource: undefined as never, scope: undefined as never },
  0,
  undefined,
)

/** Spans without an id are of one trace. */
const NO_ID = '\0'.repeat(ID_BYTES)

function idText(bytes: Buffer, from: number): string {
  return from < 0 ? NO_ID : bytes.toString('latin1', from, from + ID_BYTES)
}

function sameId(bytes: Buffer, one: number, other: number): boolean {
  if (one < 0 || other < 0) return one === other
  for (let i = ID_BYTES - 1; i >= 0; i--) if (bytes[one + i] !== bytes[other + i]) return false
  return true
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

/** Bytes of the tag and the length of an item. */
function prefixBytes(length: number): number {
  let bytes = 2
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++
  return bytes
}

/** Writes an item with tag and length; returns where it ends. */
function writeItem(slab: Buffer, at: number, bytes: Buffer, start: number, end: number): number {
  let pos = at
  slab[pos++] = ITEM_TAG
  let rest = end - start
  for (; rest >= 0x80; rest >>>= 7) slab[pos++] = (rest & 0x7f) | 0x80
  slab[pos++] = rest
  bytes.copy(slab, pos, start, end)
  return pos + end - start
}
