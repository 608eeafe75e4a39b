import type { AttributeValue } from './attributes.ts'
import type { EncodedItems } from './encoded_items.ts'
import type { LogList, LogRecord } from './logs.ts'
import { decodeAnyValue, findAttribute } from './otlp_any_value.ts'
import { decodeLog, LOG } from './otlp_logs.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import type { ProtoWriter } from './proto_writer.ts'

const reader = new ProtoReader()

/**
 * Log records over the bytes of a request: a field is read when it is asked for, and what nobody
 * changes is copied. A field that cannot be read is as one that is not there.
 */
export class EncodedLogList implements LogList {
  readonly items: EncodedItems
  readonly length: number

  constructor(items: EncodedItems) {
    this.items = items
    this.length = items.length
  }

  at(i: number): LogRecord {
    const { items } = this
    return decodeLog(items.bytes, items.start(i), items.end(i))
  }

  encode(i: number, out: ProtoWriter): void {
    this.items.write(i, out)
  }

  encodeAll(out: ProtoWriter): void {
    this.items.writeAll(out)
  }

  get byteLength(): number {
    return this.items.byteLength
  }

  timeNs(i: number): bigint {
    return this.#find(i, LOG.time)?.fixed64() ?? 0n
  }

  observedNs(i: number): bigint {
    return this.#find(i, LOG.observed)?.fixed64() ?? 0n
  }

  severity(i: number): number {
    return this.#find(i, LOG.severity)?.uint() ?? 0
  }

  severityText(i: number): string {
    return this.#find(i, LOG.severityText)?.text() ?? ''
  }

  body(i: number): AttributeValue {
    const field = this.#find(i, LOG.body)
    if (field?.wire !== WIRE.bytes) return null
    return decodeAnyValue(field.bytes, field.from, field.to)
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    const { items } = this
    return findAttribute(items.bytes, items.start(i), items.end(i), LOG.attributes, key)
  }

  flags(i: number): number {
    return this.#find(i, LOG.flags)?.fixed32() ?? 0
  }

  traceId(i: number): string {
    return this.#find(i, LOG.traceId)?.hex() ?? ''
  }

  spanId(i: number): string {
    return this.#find(i, LOG.spanId)?.hex() ?? ''
  }

  eventName(i: number): string {
    return this.#find(i, LOG.eventName)?.text() ?? ''
  }

  slice(from: number, to: number): LogList {
    return new EncodedLogList(this.items.slice(from, to))
  }

  /** The last field of that number, as protobuf has it. */
  #find(i: number, field: number): ProtoReader | undefined {
    const { items } = this
    let last = -1
    reader.over(items.bytes, items.start(i), items.end(i))
    while (reader.next()) if (reader.field === field) last = reader.at
    if (last < 0) return undefined
    reader.over(items.bytes, last, items.end(i)).next()
    return reader
  }
}
