import { MalformedOtlp } from './malformed_otlp.ts'
import type { Signal } from './otlp_request.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'

/**
 * The fields that lead from a request to its items: `ResourceSpans`, `ScopeSpans`, `Span`. In a
 * metric they go on to its data, of which there are five types, and to the data points.
 */
export const LEVELS: Readonly<Record<Signal, readonly (readonly number[])[]>> = {
  traces: [[1], [2], [2]],
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
  logs: [[1], [2], [2]],
}

/*
 * What a request may have at most, so that one made for the purpose (64 MiB of empty messages) cannot
 * fill the memory. Groups, metrics and data points become objects when somebody asks for them; a span
 * or log record takes 8 bytes. Real ones take much more in the request than what is allowed here.
 */
const MAX_GROUPS = 2 ** 17
const MAX_METRICS = 2 ** 20
const MAX_ITEMS: Readonly<Record<Signal, number>> = {
  traces: 2 ** 23,
  metrics: 2 ** 20,
  logs: 2 ** 23,
}

const readers = Array.from({ length: 5 }, () => new ProtoReader())
let items = 0
let maxItems = 0
let groups = 0

/** Number of items in a request, whose structure down to them is checked. Throws MalformedOtlp. */
export function countItems(signal: Signal, body: Buffer): number {
  items = 0
  maxItems = MAX_ITEMS[signal]
  groups = 0
  countLevel(LEVELS[signal], 0, body, 0, body.length)
  return items
}

function countLevel(
  levels: (typeof LEVELS)[Signal],
  depth: number,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  const wanted = levels[depth] as readonly number[]
  const only = wanted.length === 1 ? wanted[0] : 0
  const last = depth === levels.length - 1
  const reader = (readers[depth] as ProtoReader).over(bytes, from, to)
  while (reader.next()) {
    const { field } = reader
    if (field !== only && !wanted.includes(field)) continue
    if (reader.wire !== WIRE.bytes) throw wrongType(reader)
    if (last) {
      if (++items > maxItems) throw new MalformedOtlp(`more than ${maxItems} items`, reader.at)
    } else {
      countGroup(reader, depth)
      countLevel(levels, depth + 1, bytes, reader.from, reader.to)
    }
  }
  if (reader.problem) throw new MalformedOtlp(reader.problem, reader.at)
}

function countGroup({ at }: ProtoReader, depth: number): void {
  const limit = depth < 2 ? MAX_GROUPS : MAX_METRICS
  if (++groups > limit) throw new MalformedOtlp(`more than ${limit} groups`, at)
}

/** A field whose bytes are not of the type that it has. */
export function wrongType({ field, wire, at }: ProtoReader): MalformedOtlp {
  return new MalformedOtlp(`field ${field} cannot have wire type ${wire}`, at)
}
