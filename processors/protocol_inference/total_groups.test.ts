import { expect, it } from 'vitest'
import type { TotalGroup } from '../../src/pdata/exchange_totals.ts'
import { HTTP_METHODS, type HttpTotal } from '../../src/pdata/http_total.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { HttpExchangeView } from './http_view.ts'
import { type Exchange, observationsOf } from './observations_for_tests.ts'
import { methodAt } from './methods.ts'
import { totalGroups } from './total_groups.ts'

const shop = new Resource({ 'service.name': 'shop' })
const bank = new Resource({ 'service.name': 'bank' })

const some = [{ count: 3, sum: 9 }]
const total: HttpTotal = {
  count: 3,
  method: HTTP_METHODS.indexOf('POST'),
  durations: some,
  requestBodies: some,
  responseBodies: some,
}

function groupsOf(exchanges: readonly Exchange[]): TotalGroup[] {
  const keys = observationsOf(exchanges.map((exchange) => ({ ...exchange, head: '' })))
  const values = exchanges.map(() => total)
  const { fields } = new HttpExchangeView()
  return totalGroups({ keys, values }, fields, (records, row) =>
    records.pid(row) === 1 ? shop : bank,
  )
}

it('groups totals by their process, with the attributes of its spans and the address on the wire', () => {
  const client = { role: 'client', status: 404, remote: '10.0.0.9', remotePort: 81 } as const
  const groups = groupsOf([{ pid: 1 }, { pid: 2 }, { pid: 1, ...client }])
  const common = { ...total, method: 'POST', scheme: 'http', protocolVersion: '1.1' }
  const server = { client: false, responseStatus: 200, errorType: undefined }
  const own = { ...common, ...server, serverAddress: '10.0.0.1', serverPort: 8080 }
  expect(groups).toEqual([
    {
      resource: shop,
      totals: [
        own,
        {
          ...common,
          client: true,
          responseStatus: 404,
          errorType: '404',
          serverAddress: '10.0.0.9',
          serverPort: 81,
        },
      ],
    },
    { resource: bank, totals: [own] },
  ])
})

it('says why there was no response, and has no size of one then', () => {
  const [group] = groupsOf([
    { pid: 1, status: 0, end: 'no_response', errno: 104 },
    { pid: 1, status: 0, end: 'no_response' },
    { pid: 1, status: 200, end: 'cut' },
  ])
  const rows = group!.totals.map((one) => [one.responseStatus, one.errorType, one.responseBodies])
  expect(rows).toEqual([
    [undefined, 'ECONNRESET', []],
    [undefined, 'no_response', []],
    [200, 'response_incomplete', []],
  ])
  expect(group!.totals.map(({ requestBodies }) => requestBodies)).toEqual([some, some, some])
})

it('has the methods that spans have, in the kernel’s order', () => {
  const heads = HTTP_METHODS.map((name) => Buffer.from(name === '_OTHER' ? 'BREW' : name))
  const methods = heads.map((head) => methodAt(head, 0, head.length))
  expect(methods.map(({ name, number }) => [name, number])).toEqual(
    HTTP_METHODS.map((name, i) => [name, i]),
  )
})
