import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import type { ExchangeTotal } from '../../src/pdata/exchange_totals.ts'
import type { HistogramPoint } from '../../src/pdata/metrics.ts'
import type { Resource } from '../../src/pdata/resource.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { EXPLICIT } from './config.ts'
import { bank, Fed, groupOf, pointsOf, shop } from './requests_for_tests.ts'

const DURATION = 'http.server.request.duration'

const MS = 1e6

/** Three requests of 2 ms together and one of 30 ms, at a server. */
const total: ExchangeTotal = {
  client: false,
  method: 'GET',
  responseStatus: 200,
  errorType: undefined,
  scheme: 'http',
  protocolVersion: '1.1',
  serverAddress: '10.0.0.1',
  serverPort: 8080,
  count: 4,
  durations: [
    { count: 3, sum: 2 * MS },
    { count: 1, sum: 30 * MS },
  ],
  requestBodies: [{ count: 4, sum: 0 }],
  responseBodies: [{ count: 2, sum: 600 }],
}

function batchOf(totals: readonly ExchangeTotal[], resource: Resource = shop): Traces {
  return new Traces([], new Delivery(), [{ resource, totals }])
}

/** Those with a route first. */
function sorted(points: HistogramPoint[]): HistogramPoint[] {
  return points.toSorted((a, b) => rank(a) - rank(b))
}

const rank = ({ attributes }: HistogramPoint): number =>
  (attributes['http.route'] === undefined ? 1 : 0) + (attributes['error.type'] ? 1 : 0)

it('adds exchanges that have no span to those that have one, and has no route for them', () => {
  const fed = new Fed()
  const spans = [groupOf([{ path: '/orders', ms: 1 }])]
  fed.takeBatch(new Traces(spans, new Delivery(), [{ resource: shop, totals: [total, total] }]))
  fed.takeBatch(batchOf([{ ...total, responseStatus: 500, errorType: '500' }], bank))
  const [batch] = fed.end().batches
  const points = sorted(pointsOf(batch, DURATION) as HistogramPoint[])
  const keys = ['http.route', 'http.response.status_code', 'error.type']
  const rows = points.map(({ attributes, count, sum, counts }) => [
    ...keys.map((key) => attributes[key]),
    count,
    sum,
    counts.slice(0, 5),
  ])
  expect(rows).toEqual([
    ['/orders', 200, undefined, 1, 0.001, [1, 0, 0, 0, 0]],
    [undefined, 200, undefined, 8, 0.064, [6, 0, 0, 2, 0]],
    [undefined, 500, '500', 4, 0.032, [3, 0, 0, 1, 0]],
  ])
  expect(points.map((point) => [point.min, point.exemplars?.length])).toEqual([
    [0.001, 1],
    [undefined, 0],
    [undefined, 0],
  ])
  const sizes = sorted(pointsOf(batch, 'http.server.response.body.size') as HistogramPoint[])
  expect(sizes.map(({ count, sum, counts }) => [count, sum, counts.slice(0, 5)])).toEqual([
    [4, 1200, [0, 0, 0, 4, 0]],
    [2, 600, [0, 0, 0, 2, 0]],
  ])
  const { counters } = fed.settings
  // The span alone; what is counted of it the graph's.
  expect([counters.in, counters.out]).toEqual([0, 1])
})

it('counts them at the client by the address on the wire', () => {
  const fed = new Fed()
  fed.takeBatch(batchOf([{ ...total, client: true }]))
  const [point] = pointsOf(fed.end().batches[0], 'http.client.request.duration')
  expect(point).toMatchObject({
    count: 4,
    attributes: { 'server.address': '10.0.0.1', 'server.port': 8080 },
  })
})

it('counts those of a kernel’s bucket by their mean where the bounds are others', () => {
  const fed = new Fed({ histogram: { explicit: { buckets: ['0.5ms', '1ms', '50ms'] } } })
  fed.takeBatch(batchOf([total]))
  const [point] = pointsOf(fed.end().batches[0], DURATION)
  expect(point).toMatchObject({ count: 4, sum: 0.032, counts: [0, 3, 1, 0] })
})

it('has a place for them in exponential histograms', () => {
  const fed = new Fed({ histogram: { exponential: { max_size: 2 } } })
  fed.takeBatch(batchOf([total]))
  const [point] = pointsOf(fed.end().batches[0], DURATION)
  expect(point).toMatchObject({ count: 4, sum: 0.032, scale: -2, positive: { counts: [3, 1] } })
})

it('limits their series as those of spans', () => {
  const fed = new Fed({ aggregation_cardinality_limit: 1 })
  fed.takeBatch(batchOf([total, { ...total, method: 'POST' }]))
  const points = pointsOf(fed.end().batches[0], DURATION)
  expect(points.map(({ attributes }) => attributes['otel.metric.overflow'])).toEqual([
    undefined,
    true,
  ])
})

it('has by default the bounds that the kernel programs count by', () => {
  const source = readFileSync(new URL('../../bpf/http/http_total.bpf.h', import.meta.url), 'utf8')
  const boundsOf = (name: string): number[] => {
    const [, list = ''] = new RegExp(`${name}\\[\\] = \\{(.*?)\\};`, 's').exec(source) ?? []
    return list.match(/\d+/g)!.map(Number)
  }
  expect(boundsOf('duration_bounds')).toEqual(EXPLICIT.buckets.map((ms) => ms * MS))
  expect(boundsOf('size_bounds')).toEqual(EXPLICIT.size_buckets)
})
