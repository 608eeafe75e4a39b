import type { AttributeValue } from '../../src/pdata/attributes.ts'
import { HTTP_END, HTTP_EXCHANGE, HTTP_ROLE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import type { HttpSpan } from '../../src/pdata/http_span.ts'
import type { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import {
  type Span,
  SPAN_KIND,
  type SpanKind,
  type SpanList,
  STATUS_CODE,
  type StatusCode,
} from '../../src/pdata/traces.ts'
import { failureOf } from './failure.ts'
import type { HttpExchangeView } from './http_view.ts'

/** Nanoseconds in a millisecond, as a number. */
const MS = 1e6

/** Spans that are views over HTTP exchanges: one a record, at the client's or the server's end. */
export class HttpSpans implements SpanList {
  readonly length: number
  readonly #view: HttpExchangeView
  readonly #records: HttpObservations
  readonly #rows: Uint32Array
  readonly #from: number

  /** @param rows indices of records; the list's are those from `from` up to `to` */
  constructor(
    view: HttpExchangeView,
    records: HttpObservations,
    rows: Uint32Array,
    from: number,
    to: number,
  ) {
    this.#view = view
    this.#records = records
    this.#rows = rows
    this.#from = from
    this.length = to - from
  }

  #row(i: number): number {
    return this.#rows[this.#from + i] as number
  }

  #select(i: number): HttpExchangeView {
    this.#view.select(this.#records, this.#row(i))
    return this.#view
  }

  at(i: number): Span {
    const row = this.#row(i)
    const view = this.#select(i)
    const { offset } = this.#records.clock
    const start = this.#records.bytes.readBigUInt64LE(
      this.#records.offset(row) + HTTP_EXCHANGE.request_ns,
    )
    return {
      ...view.ids(),
      name: view.name,
      kind: this.kind(i),
      startNs: start + offset,
      endNs: start + offset + BigInt(this.durationNs(i)),
      attributes: view.attributes(),
      events: [],
      status: { code: this.status(i), message: '' },
      traceState: view.traceState,
    }
  }

  encode(i: number, out: ProtoWriter): void {
    this.#select(i).encode(out)
  }

  encodeWithState(i: number, traceState: string, out: ProtoWriter): void {
    this.#select(i).encode(out, traceState)
  }

  name(i: number): string {
    return this.#select(i).name
  }

  kind(i: number): SpanKind {
    const row = this.#row(i)
    if (this.#records.end(row) === HTTP_END.open) return SPAN_KIND.internal
    return this.#records.role(row) === HTTP_ROLE.client ? SPAN_KIND.client : SPAN_KIND.server
  }

  status(i: number): StatusCode {
    const row = this.#row(i)
    const records = this.#records
    const failure = failureOf(
      records.role(row),
      records.end(row),
      records.status(row),
      records.error(row),
    )
    return failure === '' ? STATUS_CODE.unset : STATUS_CODE.error
  }

  startMs(i: number): number {
    const row = this.#row(i)
    const { clock } = this.#records
    const low = this.#records.word(row, HTTP_EXCHANGE.request_ns) + clock.offsetLow
    const high = this.#records.word(row, HTTP_EXCHANGE.request_ns + 4) + clock.offsetHigh
    return (high * 0x1_0000_0000) / MS + low / MS
  }

  durationNs(i: number): number {
    return this.#records.nanosecondsBetween(
      this.#row(i),
      HTTP_EXCHANGE.request_ns,
      HTTP_EXCHANGE.response_end_ns,
    )
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    return this.#select(i).attribute(key)
  }

  /** What is open is not counted yet. */
  http(i: number): HttpSpan | undefined {
    const row = this.#row(i)
    if (this.#records.end(row) === HTTP_END.open) return undefined
    return this.#view.fields.select(this.#records, row)
  }

  randomness(i: number): number {
    return this.#view.origin.select(this.#records, this.#row(i)).randomness
  }

  traceState(i: number): string {
    return this.#select(i).traceState
  }

  upstreamThreshold(i: number): string {
    return this.#select(i).upstreamThreshold
  }

  sampledUpstream(i: number): boolean {
    return this.#view.origin.select(this.#records, this.#row(i)).sampled
  }

  slice(from: number, to: number): SpanList {
    const start = this.#from + from
    return new HttpSpans(this.#view, this.#records, this.#rows, start, this.#from + to)
  }
}
