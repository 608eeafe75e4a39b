import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_END, HTTP_EXCHANGE, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import { type Span, SPAN_KIND, STATUS_CODE } from '../../src/pdata/traces.ts'
import { type SpanSubject, writeSpanId } from './exchange_id.ts'
import type { HttpExchangeView } from './http_view.ts'

const { request_seq, response_seq, request_ns, read_ns, response_end_ns } = HTTP_EXCHANGE

/**
 * The parts of a server's time as children of its span, named as OBI names them: `in queue` from the
 * request's arrival until the program read it, `processing` from there to the end. Only exchanges
 * whose reading was seen have them.
 */
export function queueSpans(
  view: HttpExchangeView,
  records: HttpObservations,
  rows: Uint32Array,
): Span[] {
  return [...rows]
    .filter((row) => wasRead(records, row))
    .flatMap((row) => parts(view, records, row))
}

function wasRead(records: HttpObservations, row: number): boolean {
  if (records.role(row) !== HTTP_ROLE.server || records.end(row) === HTTP_END.open) return false
  return records.count(row, read_ns) !== 0
}

function parts(view: HttpExchangeView, records: HttpObservations, row: number): Span[] {
  view.select(records, row)
  const { traceId, spanId: parentSpanId, flags } = view.ids()
  const { traceState } = view
  const [start, read, end] = [request_ns, read_ns, response_end_ns].map((field) =>
    records.timeNs(row, field),
  ) as [bigint, bigint, bigint]
  const part = (name: 'in queue' | 'processing', startNs: bigint, endNs: bigint): Span => ({
    traceId,
    spanId: partId(records, row, `server, ${name}`),
    parentSpanId,
    traceState,
    // The parent is on this node.
    flags: flags & ~IS_REMOTE,
    name,
    kind: SPAN_KIND.internal,
    startNs,
    endNs: endNs > startNs ? endNs : startNs,
    attributes: {},
    events: [],
    status: { code: STATUS_CODE.unset, message: '' },
  })
  return [part('in queue', start, read), part('processing', read, end)]
}

/** OTLP `Span.flags`: the parent is remote. */
const IS_REMOTE = 0x200

function partId(records: HttpObservations, row: number, subject: SpanSubject): string {
  const id = Buffer.alloc(8)
  writeSpanId(records.int(row, request_seq), records.int(row, response_seq), subject, id)
  return id.toString('hex')
}
