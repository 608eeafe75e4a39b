import type { AttributeValue } from './attributes.ts'
import type { LogList, LogRecord } from './logs.ts'
import { encodeLog } from './otlp_logs.ts'
import type { ProtoWriter } from './proto_writer.ts'

/** A list of log records that are decoded already: for components that make or change whole records. */
export class LogArray implements LogList {
  readonly #records: readonly LogRecord[]

  constructor(records: readonly LogRecord[]) {
    this.#records = records
  }

  get length(): number {
    return this.#records.length
  }

  at(i: number): LogRecord {
    return this.#records[i] as LogRecord
  }

  encode(i: number, out: ProtoWriter): void {
    encodeLog(this.at(i), out)
  }

  timeNs(i: number): bigint {
    return this.at(i).timeNs
  }

  observedNs(i: number): bigint {
    return this.at(i).observedNs
  }

  severity(i: number): number {
    return this.at(i).severity
  }

  severityText(i: number): string {
    return this.at(i).severityText
  }

  body(i: number): AttributeValue {
    return this.at(i).body
  }

  attribute(i: number, key: string): AttributeValue | undefined {
    const { attributes } = this.at(i)
    return Object.hasOwn(attributes, key) ? attributes[key] : undefined
  }

  flags(i: number): number {
    return this.at(i).flags
  }

  traceId(i: number): string {
    return this.at(i).traceId
  }

  spanId(i: number): string {
    return this.at(i).spanId
  }

  eventName(i: number): string {
    return this.at(i).eventName
  }

  slice(from: number, to: number): LogList {
    return new LogArray(this.#records.slice(from, to))
  }
}
