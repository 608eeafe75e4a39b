import type { Attributes, AttributeValue } from './attributes.ts'
import type { Delivery } from './delivery.ts'
import type { ProtoWriter } from './proto_writer.ts'
import { GroupedBatch, type Groups } from './received.ts'
import type { Resource, Scope } from './resource.ts'

/** A log record taken out of its list, every field decoded (OTLP `LogRecord`). */
export interface LogRecord {
  /** When it happened: nanoseconds since 1970, 0n where that is not known. */
  readonly timeNs: bigint
  /** When it was seen: nanoseconds since 1970. */
  readonly observedNs: bigint
  /** 1 (TRACE) to 24 (FATAL4), four for each level; 0 where there is none. */
  readonly severity: number
  /** The level as its source calls it, or empty. */
  readonly severityText: string
  /** The text, or what stands in its place; null where there is none. */
  readonly body: AttributeValue
  readonly attributes: Attributes
  /** Attributes that were left out before it came here. */
  readonly droppedAttributes?: number
  /** W3C trace flags. */
  readonly flags: number
  /** 32 lower-case hex digits, or empty. */
  readonly traceId: string
  /** 16 lower-case hex digits, or empty. */
  readonly spanId: string
  /** What sort of event it is, or empty. */
  readonly eventName: string
}

/**
 * Log records, read one field at a time. The rules of `SpanList` hold: ask only for what is needed;
 * indices run from 0 to `length - 1` and are not checked.
 */
export interface LogList {
  readonly length: number
  /** The whole record, decoded. */
  at(i: number): LogRecord
  /** Writes the fields of OTLP's `LogRecord` message (without its tag and length) in front of `out`. */
  encode(i: number, out: ProtoWriter): void
  /** Writes all records as `ScopeLogs` has them, where that is cheaper than one by one. */
  encodeAll?(out: ProtoWriter): void
  /** Bytes of all records in `ScopeLogs`, where they are known: ask `listBytes`. */
  readonly byteLength?: number
  timeNs(i: number): bigint
  observedNs(i: number): bigint
  severity(i: number): number
  severityText(i: number): string
  body(i: number): AttributeValue
  attribute(i: number, key: string): AttributeValue | undefined
  flags(i: number): number
  traceId(i: number): string
  spanId(i: number): string
  eventName(i: number): string
  /** The records from `from` up to, not including, `to`, over the same memory. */
  slice(from: number, to: number): LogList
}

/** Log records of one resource and scope. */
export interface LogGroup {
  readonly resource: Resource
  readonly scope: Scope
  readonly logs: LogList
}

/** A batch of log records. */
export class Logs extends GroupedBatch<LogGroup> {
  readonly kind = 'logs'

  constructor(groups: Groups<LogGroup>, delivery: Delivery) {
    super(groups, delivery, ({ logs }) => logs.length)
  }
}
