import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asReceived } from '../../src/helpers/fed_for_tests.ts'
import type { HistogramPoint } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SPAN_KIND } from '../../src/pdata/traces.ts'
import {
  batchOf,
  CLIENT,
  clientOf,
  edges,
  FAILED,
  failed,
  fed,
  idOf,
  SERVER,
  serverOf,
  TOTAL,
} from './edges_for_tests.ts'

const NOW = 1_790_000_000_000
const expired = 'otelcol_connector_servicegraph_expired_edges'
const dropped = 'otelcol_connector_servicegraph_dropped_spans store_full'

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

/** Attributes of a data point's edge. */
const edge = (client: string, server: string, more: object = {}): object => ({
  client,
  server,
  connection_type: '',
  failed: false,
  ...more,
})

describe('service_graph', () => {
  it('[0.1] has exactly the services that talked, and the edges that carried requests', () => {
    const all = fed()
    const calls: [string, string, number][] = [
      ['web', 'orders', 3],
      ['orders', 'stock', 2],
      ['orders', 'bank', 1],
      ['web', 'stock', 1],
    ]
    let n = 1
    for (const [client, server, times] of calls) {
      for (let i = 0; i < times; i++, n++) {
        all.takeBatch(batchOf({ [server]: [serverOf(n)], [client]: [clientOf(n)], idle: [] }))
        all.take([{ kind: SPAN_KIND.internal }], 'lonely')
        vi.advanceTimersByTime(8000)
      }
    }
    all.end()
    expect(edges(all)).toEqual(
      calls.map(([client, server, times]) => `${client} > ${server}: ${times}`),
    )
    const nodes = all
      .points(TOTAL)
      .flatMap(({ attributes: { client, server } }) => [client as string, server as string])
    expect([...new Set(nodes)].toSorted()).toEqual(['bank', 'orders', 'stock', 'web'])
    expect(all.points(FAILED)).toEqual([])
    expect(all.account).toMatchObject({
      otelcol_connector_servicegraph_total_edges: 7,
      [`${expired} no_server`]: 0,
      [`${expired} no_client`]: 0,
      'waggle.service_graph.ignored kind': 7,
    })
  })

  it('[2.9] tells of two times, so that what is new in the graph between them can be seen', () => {
    const all = fed({ metrics_flush_interval: '10s' })
    all.takeBatch(batchOf({ web: [clientOf(1), clientOf(2)], orders: [serverOf(1), serverOf(2)] }))
    vi.advanceTimersByTime(10_000)
    const before = edges(all)
    all.takeBatch(
      batchOf({ web: [clientOf(3)], orders: [serverOf(3), clientOf(4)], bank: [serverOf(4)] }),
    )
    vi.advanceTimersByTime(10_000)
    expect(before).toEqual(['web > orders: 2'])
    expect(edges(all)).toEqual(['web > orders: 3', 'orders > bank: 1'])
    const [old, added] = all.points(TOTAL).map(({ startNs }) => Number(startNs / 1_000_000n) - NOW)
    expect([old, added]).toEqual([0, 10_000])
  })

  it('[2.11] gives requests, errors and durations of the edges into and out of a service, by instance', () => {
    const all = fed({ dimensions: ['service.instance.id'] })
    const pod = (name: string, id: string): Resource =>
      new Resource({ 'service.name': name, 'service.instance.id': id })
    all.take([clientOf(1, { ms: 9 }), clientOf(2, { ms: 30 }), clientOf(4)], pod('web', 'w1'))
    all.take([serverOf(1, { ms: 7 }), clientOf(3, { ms: 5 })], pod('shop', 's1'))
    all.take([serverOf(2, { ms: 20, ...failed }), serverOf(4)], pod('shop', 's2'))
    all.take([serverOf(3, { ms: 3 })], pod('bank', 'b1')).end()
    const between = (client: string, a: string, server: string, b: string, more = {}): object => ({
      ...edge(client, server, more),
      'client_service.instance.id': a,
      'server_service.instance.id': b,
    })
    const [good, bad, other, out] = [
      between('web', 'w1', 'shop', 's1'),
      between('web', 'w1', 'shop', 's2', { failed: true }),
      between('web', 'w1', 'shop', 's2'),
      between('shop', 's1', 'bank', 'b1'),
    ]
    expect(all.values(TOTAL)).toEqual([
      [good, 1],
      [bad, 1],
      [other, 1],
      [out, 1],
    ])
    expect(all.values(FAILED)).toEqual([[bad, 1]])
    const sums = (name: string): unknown[] =>
      all.points(name).map((point) => (point as HistogramPoint).sum)
    expect([sums(CLIENT), sums(SERVER)]).toEqual([
      [0.009, 0.03, 0.001, 0.005],
      [0.007, 0.02, 0.001, 0.003],
    ])
    expect(all.points(SERVER)[0]).toMatchObject({
      bounds: [0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15],
      counts: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    })
    const { metrics, resource } = all.batches[0]!.groups[0]!
    expect(resource.attributes).toEqual({})
    expect(metrics.map(({ name, unit, data }) => `${name} ${unit} ${data.type}`)).toEqual([
      `${TOTAL}  sum`,
      `${FAILED}  sum`,
      `${SERVER} s histogram`,
      `${CLIENT} s histogram`,
    ])
  })

  it('joins the ends in any order, at once within a batch and within the time to live between two', () => {
    const all = fed()
    all.takeBatch(batchOf({ web: [clientOf(1)] })).takeBatch(batchOf({ shop: [serverOf(2)] }))
    vi.advanceTimersByTime(2000)
    all.takeBatch(asReceived(batchOf({ shop: [serverOf(1)], web: [clientOf(2)] })))
    expect(all.account['waggle.service_graph.waiting']).toBe(0)
    all.end()
    expect(edges(all)).toEqual(['web > shop: 2'])
  })

  it('fails an edge when either end failed', () => {
    const all = fed()
    all.takeBatch(
      batchOf({
        web: [clientOf(1, failed), clientOf(2)],
        shop: [serverOf(1), serverOf(2, failed)],
      }),
    )
    all.takeBatch(batchOf({ web: [clientOf(3)], shop: [serverOf(3)] })).end()
    expect(edges(all)).toEqual(['web > shop!: 2', 'web > shop: 1'])
    expect(edges(all, FAILED)).toEqual(['web > shop!: 2'])
  })

  it('ends an edge at a database with the client, which is all there is of it', () => {
    const all = fed()
    const attributes = { 'db.name': 'orders', 'db.system': 'postgresql' }
    all.take([clientOf(1, { attributes, ms: 5 })]).end()
    expect(edges(all)).toEqual(['shop > orders database: 1'])
    expect(all.points(SERVER)).toMatchObject([{ count: 1, sum: 0.005 }])
    expect(all.account[`${expired} no_server`]).toBe(0)
    const other = fed({ database_name_attributes: ['db.namespace', 'db.name'] })
    other.take([clientOf(1, { attributes: { 'db.name': 'old', 'db.namespace': 'new' } })]).end()
    expect(edges(other)).toEqual(['shop > new database: 1'])
  })

  it('puts a node in place of an end that is not seen: the peer that the client names, or the user', () => {
    const all = fed({ virtual_node_extra_label: true })
    all.take([clientOf(1, { attributes: { 'peer.service': 'paypal', 'db.system': 'x' }, ms: 4 })])
    all.take([clientOf(2), serverOf(3, { parentSpanId: '' }), serverOf(4)])
    expect(edges(all)).toEqual([])
    vi.advanceTimersByTime(4001)
    expect(all.account).toMatchObject({ [`${expired} no_server`]: 2, [`${expired} no_client`]: 1 })
    all.end()
    const virtual = (end: string): object => ({
      connection_type: 'virtual_node',
      virtual_node: end,
    })
    expect(all.values(TOTAL)).toEqual([
      [edge('user', 'shop', virtual('client')), 1],
      [edge('shop', 'paypal', virtual('server')), 1],
      [edge('shop', 'unknown', virtual('server')), 1],
    ])
    expect(all.points(CLIENT)[1]).toMatchObject({ count: 1, sum: 0.004 })
    expect(all.points(SERVER)[1]).toMatchObject({ count: 1, sum: 0 })
    const none = fed({ virtual_node_peer_attributes: [] })
    none.take([clientOf(2), serverOf(3, { parentSpanId: '' })])
    vi.advanceTimersByTime(4001)
    expect(none.account).toMatchObject({ [`${expired} no_server`]: 1, [`${expired} no_client`]: 1 })
    expect(none.end().batches).toEqual([])
  })

  it('joins producers and consumers, by parent and by link, one producer with many consumers', () => {
    const all = fed()
    const sent = (n: number) => clientOf(n, { kind: SPAN_KIND.producer })
    const read = (n: number, ...links: number[]) =>
      serverOf(n, {
        kind: SPAN_KIND.consumer,
        parentSpanId: links.length === 0 ? idOf(2 * n) : '',
        links: links.map((of) => ({
          traceId: clientOf(of).traceId!,
          spanId: clientOf(of).spanId!,
          traceState: '',
          attributes: {},
          flags: 0,
        })),
      })
    all.takeBatch(batchOf({ shop: [sent(1)], mail: [read(1)] }))
    all.takeBatch(batchOf({ early: [read(10, 2), read(13, 4)], shop: [sent(2), sent(3), sent(4)] }))
    all.takeBatch(batchOf({ bill: [read(11, 2, 3)], late: [read(12, 3)] }))
    // A sender that was not answered sends once more.
    all.takeBatch(batchOf({ shop: [sent(2)] }))
    vi.advanceTimersByTime(4001)
    expect(all.account[`${expired} no_server`]).toBe(0)
    all.end()
    expect(edges(all)).toEqual([
      'shop > mail messaging_system: 1',
      'shop > early messaging_system: 2',
      'shop > bill messaging_system: 2',
      'shop > late messaging_system: 1',
    ])
  })

  it('lets no more spans wait than may, counts the others, and joins a batch whole however large', () => {
    const all = fed({ store: { max_items: 2 } })
    const numbers = Array.from({ length: 50 }, (_, n) => n + 1)
    all.takeBatch(
      batchOf({ web: numbers.map((n) => clientOf(n)), shop: numbers.map((n) => serverOf(n)) }),
    )
    expect(all.account).toMatchObject({ [dropped]: 0, 'waggle.service_graph.waiting': 0 })
    all.takeBatch(batchOf({ web: [60, 61, 62, 63].map((n) => clientOf(n)) }))
    expect(all.account).toMatchObject({ [dropped]: 2, 'waggle.service_graph.waiting': 2 })
    all.takeBatch(batchOf({ shop: [60, 61, 62, 63].map((n) => serverOf(n)) })).end()
    expect(edges(all)).toEqual(['web > shop: 52'])
    expect(all.account).toMatchObject({ [dropped]: 2, 'waggle.service_graph.waiting': 2 })
  })

  it('counts what still waits when it ends, and what it can make nothing of', () => {
    const all = fed()
    all.take([clientOf(1), serverOf(2)]).take([clientOf(9)], new Resource({ 'host.name': 'h' }))
    all.take([{ kind: SPAN_KIND.internal }])
    expect(all.account['waggle.service_graph.waiting']).toBe(2)
    all.end()
    expect(all.lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'Ended while spans waited for the other end of their edge.', spans: 2 },
    ])
    expect(all.account).toMatchObject({
      'waggle.service_graph.ignored no_service_name': 1,
      'waggle.service_graph.ignored kind': 1,
    })
    expect(all.batches).toEqual([])
  })

  it('counts spans that end before they start with a duration of 0, and ids that are none as no ids', () => {
    const all = fed()
    all.takeBatch(batchOf({ web: [clientOf(1, { ms: -5 })], shop: [serverOf(1, { ms: -1 })] }))
    all.takeBatch(batchOf({ web: [clientOf(2, { spanId: 'abcd', traceId: '' })] })).end()
    expect(all.points(CLIENT)).toMatchObject([{ count: 1, sum: 0 }])
    expect(all.account['waggle.service_graph.reversed']).toBe(2)
  })

  it('makes one series of what is too much, and tells so once', () => {
    const all = fed({ aggregation_cardinality_limit: 1, metrics_flush_interval: '0s' })
    for (let n = 1; n < 1000; n++) {
      all.takeBatch(batchOf({ [`web${n}`]: [clientOf(n)], shop: [serverOf(n)] }))
    }
    expect(all.values(TOTAL)).toEqual([
      [edge('web1', 'shop'), 1],
      [{ 'otel.metric.overflow': true }, 998],
    ])
    expect(all.account['waggle.service_graph.overflowed']).toBe(998)
    expect(all.lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'Too many series, further ones are summed up in one.', limit: 1 },
    ])
  })

  it('forgets an edge that had no requests for as long as it is kept', () => {
    const all = fed({ metrics_expiration: '3m', cache_loop: '30s' })
    all.takeBatch(
      batchOf({ old: [clientOf(1)], busy: [clientOf(2)], shop: [serverOf(1), serverOf(2)] }),
    )
    for (let n = 3; n < 10; n++) {
      vi.advanceTimersByTime(30_000)
      all.takeBatch(batchOf({ busy: [clientOf(n)], shop: [serverOf(n)] }))
    }
    all.end()
    expect(edges(all)).toEqual(['busy > shop: 8'])
  })

  it('takes exponential histograms, examples, and a time that lies before', () => {
    const options = {
      exponential_histogram_max_size: 80,
      exemplars: { enabled: true },
      metrics_timestamp_offset: '5s',
    }
    const all = fed(options)
    all.takeBatch(batchOf({ web: [clientOf(1, { ms: 8 })], shop: [serverOf(1, { ms: 2 })] })).end()
    const at = BigInt(NOW - 5000) * 1_000_000n
    const { traceId } = clientOf(1)
    expect(all.points(CLIENT)).toMatchObject([
      {
        sum: 0.008,
        scale: 20,
        timeNs: at,
        startNs: at,
        exemplars: [{ value: 0.008, traceId, spanId: idOf(2) }],
      },
    ])
    expect(all.points(SERVER)).toMatchObject([{ exemplars: [{ traceId, spanId: idOf(3) }] }])
  })

  it('counts an edge of sampled spans as often as they stand for', () => {
    const all = fed()
    const quarter = { traceState: 'ot=th:c' }
    all.takeBatch(batchOf({ web: [clientOf(1, quarter)], shop: [serverOf(1, quarter)] })).end()
    expect(edges(all)).toEqual(['web > shop: 4'])
    expect(edges(all, SERVER)).toEqual(['web > shop: 4'])
  })
})
