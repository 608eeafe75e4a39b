import { HTTP_EXCHANGE } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { isExtended, readLateLines } from './extension.ts'
import { emptyHead } from './http_head.ts'
import { traceRandomness } from './exchange_id.ts'
import { findTraceparent } from './find_traceparent.ts'
import { emptyParent, readTraceparent } from './traceparent.ts'
import { Tracestate } from './tracestate.ts'

/** W3C trace flag. */
const SAMPLED = 0x01

/** What is known of a record's `traceparent`: nothing, that there is none, or else its place. */
const UNKNOWN = 0
const NONE = 1

/**
 * Which trace a record belongs to, as far as sampling asks. Where somebody has read the record's
 * head, the place of its `traceparent` is known; else that is looked for alone.
 */
export class TraceOrigin {
  readonly #given = emptyParent()
  readonly #tracestate = new Tracestate()
  /** The batch that `#places` is about, one number a record: offset in the record and length. */
  #noted: HttpObservations | undefined
  #places = new Uint32Array(1024)
  #records: HttpObservations | undefined
  #row = -1
  /** See `SpanList.randomness`. */
  randomness = 0
  /** See `SpanList.sampledUpstream`. */
  sampled = false

  /** Tells where the value of a record's `traceparent` stands; nowhere where `end` is 0. */
  note(records: HttpObservations, row: number, start: number, end: number): void {
    if (this.#noted !== records) this.#begin(records)
    const place = ((start - records.offset(row)) << 16) | (end - start)
    this.#places[row] = end === 0 ? NONE : place
  }

  #begin(records: HttpObservations): void {
    this.#noted = records
    const { itemCount } = records
    if (itemCount > this.#places.length) this.#places = new Uint32Array(itemCount * 2)
    else this.#places.fill(UNKNOWN, 0, itemCount)
  }

  /** Reads record `row`. */
  select(records: HttpObservations, row: number): this {
    if (this.#records === records && this.#row === row) return this
    this.#records = records
    this.#row = row
    const given = this.#readGiven(records, row)
    this.sampled = given && (this.#given.flags & SAMPLED) !== 0
    this.randomness = given ? this.#givenRandomness(records, row) : ownRandomness(records, row)
    return this
  }

  #readGiven(records: HttpObservations, row: number): boolean {
    const place = this.#noted === records ? (this.#places[row] as number) : UNKNOWN
    if (place === NONE) return false
    const { bytes } = records
    const record = records.offset(row)
    if (place === UNKNOWN) {
      const head = record + HTTP_EXCHANGE.head
      return (
        findTraceparent(bytes, head, head + records.headLength(row), this.#given) ||
        (isExtended(records, row) && this.#readLate(records, row))
      )
    }
    const start = record + (place >>> 16)
    return readTraceparent(bytes, start, start + (place & 0xffff), this.#given)
  }

  /** The `traceparent` that stood behind what the record keeps of the head. */
  #readLate(records: HttpObservations, row: number): boolean {
    const late = emptyHead()
    readLateLines(records, row, late)
    return readTraceparent(records.bytes, late.traceStart, late.traceEnd, this.#given)
  }

  /** What the trace state says, else the first 28 of the last 56 bits of the trace id. */
  #givenRandomness(records: HttpObservations, row: number): number {
    const { traceId } = this.#given
    const { bytes } = records
    const start = records.offset(row) + HTTP_EXCHANGE.head
    const end = start + records.headLength(row)
    this.#tracestate.read(bytes, start, end)
    if (this.#tracestate.randomness !== -1) return this.#tracestate.randomness
    const [high, low] = [traceId.readUInt16BE(9), traceId.readUInt16BE(11)]
    return (high << 12) | (low >>> 4)
  }
}

function ownRandomness(records: HttpObservations, row: number): number {
  return traceRandomness(
    records.int(row, HTTP_EXCHANGE.request_seq),
    records.int(row, HTTP_EXCHANGE.response_seq),
  )
}
