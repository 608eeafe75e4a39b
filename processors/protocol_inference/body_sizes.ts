import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_END, HTTP_EXCHANGE, HTTP_FLAG } from '../../src/pdata/http_record.ts'

/** Body bytes of record `row`'s request, or undefined where that is not known. */
export function requestBodyOf(records: HttpObservations, row: number): number | undefined {
  if (records.end(row) === HTTP_END.open) return undefined
  const unknown = HTTP_FLAG.request_size_unknown | HTTP_FLAG.request_incomplete
  if ((records.flags(row) & unknown) !== 0) return undefined
  return sizeAt(records, row, HTTP_EXCHANGE.request_body)
}

/** Body bytes of its response, or undefined where that is not known or none came. */
export function responseBodyOf(records: HttpObservations, row: number): number | undefined {
  const end = records.end(row)
  if (records.status(row) === 0 || end === HTTP_END.cut || end === HTTP_END.open) return undefined
  if ((records.flags(row) & HTTP_FLAG.response_size_unknown) !== 0) return undefined
  return sizeAt(records, row, HTTP_EXCHANGE.response_body)
}

/** A count, unless it is one that a sender made up: no exchange has 2^53 bytes. */
function sizeAt(records: HttpObservations, row: number, field: number): number | undefined {
  const size = records.count(row, field)
  return size <= Number.MAX_SAFE_INTEGER ? size : undefined
}
