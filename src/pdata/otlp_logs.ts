import type { LogList, LogRecord, Logs } from './logs.ts'
import { decodeAnyValue, decodeAttributes } from './otlp_any_value.ts'
import { encodeAnyValue, encodeAttributes } from './otlp_attributes.ts'
import { encodeGroups, SCOPE_GROUP_ITEMS } from './otlp_groups.ts'
import { ProtoReader, WIRE } from './proto_reader.ts'
import type { ProtoWriter } from './proto_writer.ts'

/** Field numbers of OTLP's `LogRecord`: opentelemetry/proto/logs/v1/logs.proto */
export const LOG = {
  time: 1,
  severity: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  droppedAttributes: 7,
  flags: 8,
  traceId: 9,
  spanId: 10,
  observed: 11,
  eventName: 12,
} as const

/** Writes a batch as the body of an OTLP `ExportLogsServiceRequest`. */
export function encodeLogs(batch: Logs, out: ProtoWriter): void {
  encodeGroups(batch.groups, ({ logs }) => encodeRecords(logs, out), out)
}

/** Writes the records of a list as `ScopeLogs` has them. */
export function encodeRecords(logs: LogList, out: ProtoWriter): void {
  if (logs.encodeAll) return logs.encodeAll(out)
  for (let i = logs.length - 1; i >= 0; i--) {
    const mark = out.mark()
    logs.encode(i, out)
    out.message(SCOPE_GROUP_ITEMS, mark)
  }
}

/** Writes the fields of one `LogRecord` from its decoded form. */
export function encodeLog(record: LogRecord, out: ProtoWriter): void {
  if (record.eventName) out.string(LOG.eventName, record.eventName)
  if (record.observedNs !== 0n) out.fixed64(LOG.observed, record.observedNs)
  if (record.spanId) out.bytes(LOG.spanId, Buffer.from(record.spanId, 'hex'))
  if (record.traceId) out.bytes(LOG.traceId, Buffer.from(record.traceId, 'hex'))
  if (record.flags !== 0) out.fixed32(LOG.flags, record.flags)
  if (record.droppedAttributes) out.uint(LOG.droppedAttributes, record.droppedAttributes)
  encodeAttributes(LOG.attributes, record.attributes, out)
  encodeBody(record, out)
  if (record.severityText) out.string(LOG.severityText, record.severityText)
  if (record.severity !== 0) out.uint(LOG.severity, record.severity)
  if (record.timeNs !== 0n) out.fixed64(LOG.time, record.timeNs)
}

function encodeBody({ body }: LogRecord, out: ProtoWriter): void {
  if (body === null) return
  const mark = out.mark()
  encodeAnyValue(body, out)
  out.message(LOG.body, mark)
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** The `LogRecord` in `bytes` from `from` up to `to`. */
export function decodeLog(bytes: Buffer, from: number, to: number): LogRecord {
  const reader = new ProtoReader().over(bytes, from, to)
  const record: Draft<LogRecord> = {
    timeNs: 0n,
    observedNs: 0n,
    severity: 0,
    severityText: '',
    body: null,
    attributes: decodeAttributes(bytes, from, to, LOG.attributes),
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  }
  while (reader.next()) takeField(reader, record)
  return record
}

function takeField(reader: ProtoReader, record: Draft<LogRecord>): void {
  switch (reader.field) {
    case LOG.time:
      return void (record.timeNs = reader.fixed64())
    case LOG.severity:
      return void (record.severity = reader.uint())
    case LOG.severityText:
      return void (record.severityText = reader.text())
    case LOG.body:
      if (reader.wire !== WIRE.bytes) return
      return void (record.body = decodeAnyValue(reader.bytes, reader.from, reader.to))
    case LOG.droppedAttributes:
      return void (record.droppedAttributes = reader.uint())
    case LOG.flags:
      return void (record.flags = reader.fixed32())
    case LOG.traceId:
      return void (record.traceId = reader.hex())
    case LOG.spanId:
      return void (record.spanId = reader.hex())
    case LOG.observed:
      return void (record.observedNs = reader.fixed64())
    case LOG.eventName:
      return void (record.eventName = reader.text())
  }
}
