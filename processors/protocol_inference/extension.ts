import { HTTP_EXTENSION, HTTP_FLAG } from '../../src/pdata/http_record.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { type HttpHead, readHost, readTraceparent } from './http_head.ts'

/** True when record `row` has what few records have. */
export function isExtended(records: HttpObservations, row: number): boolean {
  if ((records.flags(row) & HTTP_FLAG.extended) === 0) return false
  return records.recordLength(row) >= HTTP_EXTENSION.end
}

/** Adds to a head what of it stood behind the bytes that the record keeps: Host and `traceparent`. */
export function readLateLines(records: HttpObservations, row: number, head: HttpHead): void {
  const { bytes } = records
  const record = records.offset(row)
  const host = record + HTTP_EXTENSION.host
  const trace = record + HTTP_EXTENSION.trace
  readHost(bytes, host, host + bytes.readUInt8(record + HTTP_EXTENSION.host_length), head)
  const traceEnd = trace + bytes.readUInt8(record + HTTP_EXTENSION.trace_length)
  readTraceparent(bytes, trace, traceEnd, head)
}

/** The PROXY protocol header that the connection of record `row` began with, or undefined. */
export function proxyHeader(records: HttpObservations, row: number): Buffer | undefined {
  if (!isExtended(records, row)) return undefined
  const { bytes } = records
  const record = records.offset(row)
  const length = bytes.readUInt16LE(record + HTTP_EXTENSION.proxy_length)
  const start = record + HTTP_EXTENSION.proxy
  return length === 0 ? undefined : bytes.subarray(start, start + length)
}
