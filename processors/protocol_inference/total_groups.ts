import type { ExchangeTotal, TotalGroup } from '../../src/pdata/exchange_totals.ts'
import type { HttpObservations } from '../../src/pdata/http_observations.ts'
import { HTTP_END } from '../../src/pdata/http_record.ts'
import { HTTP_METHODS, type HttpTotal, type HttpTotals } from '../../src/pdata/http_total.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { groupRows } from './group_rows.ts'
import type { HttpFields } from './http_fields.ts'

/** Totals by resource, with the attributes that spans of their exchanges would have had. */
export function totalGroups(
  { keys, values }: HttpTotals,
  fields: HttpFields,
  resourceOf: (records: HttpObservations, row: number) => Resource,
): TotalGroup[] {
  const groups = groupRows(keys.itemCount, (row) => resourceOf(keys, row))
  return groups.map(({ key, rows }) => ({
    resource: key,
    totals: Array.from(rows, (row) => totalOf(keys, row, values[row] as HttpTotal, fields)),
  }))
}

function totalOf(
  keys: HttpObservations,
  row: number,
  total: HttpTotal,
  fields: HttpFields,
): ExchangeTotal {
  const { client, responseStatus, errorType, scheme } = fields.select(keys, row)
  const { protocolVersion, serverAddress, serverPort } = fields
  // As body_sizes.ts has it for spans.
  const answered = responseStatus !== undefined && keys.end(row) !== HTTP_END.cut
  return {
    client,
    method: HTTP_METHODS[total.method] ?? '_OTHER',
    responseStatus,
    errorType,
    scheme,
    protocolVersion,
    serverAddress,
    serverPort,
    count: total.count,
    durations: total.durations,
    requestBodies: total.requestBodies,
    responseBodies: answered ? total.responseBodies : [],
  }
}
