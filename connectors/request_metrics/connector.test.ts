import { map, of, Subject, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import type { HistogramPoint, Metrics } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SPAN_KIND, Traces } from '../../src/pdata/traces.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { requestMetricsConfig } from './config.ts'
import { RequestMetricsConnector } from './connector.ts'
import { requestMetrics } from './index.ts'
import {
  bank,
  Fed,
  groupOf,
  pointsOf,
  shop,
  spanOf,
  START_NS,
  tracesOf,
} from './requests_for_tests.ts'

const DURATION = 'http.server.request.duration'
const NOW_MS = 1_790_000_100_000

/** `shop 3 bank 1`: what a batch says, and how many requests of each service. */
function textOf(batch: Batch): string {
  return (batch as Metrics).groups
    .map(({ resource, metrics }) => {
      const { points } = metrics[0]!.data as { points: readonly HistogramPoint[] }
      const requests = points.reduce((sum, { count }) => sum + count, 0)
      return `${String(resource.attributes['service.name'])} ${requests}`
    })
    .join(' ')
}

/** Runs marbles: a letter of `source` is as many requests as `values` says, of `shop`. */
function marbles(
  source: string,
  expected: string,
  values: Record<string, number | string>,
  options: object = {},
): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted))
  scheduler.run(({ cold, expectObservable }) => {
    const config = requestMetricsConfig.parse({ metrics_flush_interval: '10ms', ...options })
    const { operator } = new RequestMetricsConnector(testSettings(requestMetrics), config)
    const out$ = cold(source, values).pipe(
      map((requests) => tracesOf(Array.from({ length: requests as number }, () => ({})))),
      operator,
      map(textOf),
    )
    expectObservable(out$, '45ms !').toBe(expected, values)
  })
}

describe('the flushes of request_metrics', () => {
  it('say nothing while nothing was counted', () => {
    marbles('-', '-', {})
    marbles('--|', '--|', {})
  })

  it('come every interval, and say all that was counted so far', () => {
    const values = { a: 1, b: 2, c: 3, x: 'shop 3', y: 'shop 6' }
    marbles('a-b--- 6ms c------', '10ms x 9ms y 9ms y 9ms y', values)
  })

  it('say only what is new where deltas are asked for', () => {
    const values = { a: 1, b: 2, c: 3, x: 'shop 3', y: 'shop 3' }
    const options = { aggregation_temporality: 'delta' }
    marbles('a-b--- 6ms c------', '10ms x 9ms y', values, options)
  })

  it('come before the end', () => {
    marbles('a--b|', '----(x|)', { a: 1, b: 2, x: 'shop 3' })
  })

  it('come before a failure', () => {
    marbles('a-#', '--(x#)', { a: 1, x: 'shop 1' })
  })

  it('leave out a series that had no requests for long, and count it anew when it comes back', () => {
    const values = { a: 1, b: 2, x: 'shop 1', y: 'shop 2' }
    const options = { metrics_expiration: '15ms' }
    marbles('a 32ms b', '10ms x 9ms x 19ms y', values, options)
  })
})

describe('request_metrics', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
  afterEach(() => void vi.useRealTimers())

  it('makes the metrics of the conventions, of each resource', () => {
    const fed = new Fed({
      histogram: { explicit: { buckets: ['5ms', '1s'], size_buckets: [100] } },
    })
    vi.advanceTimersByTime(1000)
    fed.takeBatch(
      new Traces(
        [
          groupOf([
            { ms: 5, sent: 0, received: 100, spanId: '000000000000000a' },
            { ms: 2000, sent: 101, spanId: '000000000000000b' },
          ]),
          groupOf([{ client: true, ms: 7, received: 3, spanId: '000000000000000c' }], bank),
        ],
        new Delivery(),
      ),
    )
    vi.advanceTimersByTime(14_000)
    const attributes = {
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'http.route': '/',
      'network.protocol.version': '1.1',
    }
    const called = {
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'network.protocol.version': '1.1',
      'server.address': 'shop',
      'server.port': 8080,
    }
    const time = {
      startNs: BigInt(NOW_MS) * 1_000_000n,
      timeNs: BigInt(NOW_MS + 15_000) * 1_000_000n,
    }
    const exemplar = (ms: number, value: number, id: string) => ({
      timeNs: START_NS + BigInt(ms * 1e6),
      value,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: `000000000000000${id}`,
      attributes: {},
    })
    const scope = { name: 'waggle/request_metrics', version: '0.0.0-test' }
    const histogram = (point: object) => ({
      type: 'histogram',
      temporality: 2,
      points: [{ ...time, ...point }],
    })
    expect(fed.batches).toHaveLength(1)
    expect(fed.batches[0]!.groups).toEqual([
      {
        resource: shop,
        scope,
        metrics: [
          {
            name: 'http.server.request.duration',
            description: 'Duration of HTTP server requests.',
            unit: 's',
            data: histogram({
              attributes,
              count: 2,
              sum: 2.005,
              min: 0.005,
              max: 2,
              bounds: [0.005, 1],
              counts: [1, 0, 1],
              exemplars: [exemplar(5, 0.005, 'a'), exemplar(2000, 2, 'b')],
            }),
          },
          {
            name: 'http.server.request.body.size',
            description: 'Size of HTTP server request bodies.',
            unit: 'By',
            data: histogram({
              attributes,
              count: 2,
              sum: 101,
              min: 0,
              max: 101,
              bounds: [100],
              counts: [1, 1],
              exemplars: [exemplar(5, 0, 'a'), exemplar(2000, 101, 'b')],
            }),
          },
          {
            name: 'http.server.response.body.size',
            description: 'Size of HTTP server response bodies.',
            unit: 'By',
            data: histogram({
              attributes,
              count: 1,
              sum: 100,
              min: 100,
              max: 100,
              bounds: [100],
              counts: [1, 0],
              exemplars: [exemplar(5, 100, 'a')],
            }),
          },
        ],
      },
      {
        resource: bank,
        scope,
        metrics: [
          {
            name: 'http.client.request.duration',
            description: 'Duration of HTTP client requests.',
            unit: 's',
            data: histogram({
              attributes: called,
              count: 1,
              sum: 0.007,
              min: 0.007,
              max: 0.007,
              bounds: [0.005, 1],
              counts: [0, 1, 0],
              exemplars: [exemplar(7, 0.007, 'c')],
            }),
          },
          {
            name: 'http.client.response.body.size',
            description: 'Size of HTTP client response bodies.',
            unit: 'By',
            data: histogram({
              attributes: called,
              count: 1,
              sum: 3,
              min: 3,
              max: 3,
              bounds: [100],
              counts: [1, 0],
              exemplars: [exemplar(7, 3, 'c')],
            }),
          },
        ],
      },
    ])
    fed.end()
  })

  it('leaves out metrics that are switched off, and exemplars too', () => {
    const off = { enabled: false }
    const fed = new Fed({
      metrics: { 'http.server.request.duration': off, 'http.server.request.body.size': off },
      exemplars: { enabled: false },
    })
    fed.take([{ sent: 1, received: 2 }])
    const [group] = fed.end().batches[0]!.groups
    expect(group!.metrics.map(({ name }) => name)).toEqual(['http.server.response.body.size'])
    expect(group!.metrics[0]!.data.points[0]!.exemplars).toEqual([])
  })

  it('names at most so many spans for a data point', () => {
    const fed = new Fed({ exemplars: { max_per_data_point: 2 } })
    fed.take([1, 1, 8, 20, 40, 60].map((ms) => ({ ms })))
    const [point] = pointsOf(fed.end().batches[0], DURATION)
    expect(point!.exemplars.map(({ value }) => value)).toEqual([0.06, 0.04])
  })

  it('counts in exponential buckets when they are asked for', () => {
    const fed = new Fed({ histogram: { exponential: { max_size: 4 } } })
    fed.take([1, 2, 4].map((s) => ({ ms: s * 1000, received: s })))
    const [metric] = fed.end().batches[0]!.groups[0]!.metrics
    expect(metric!.data.type).toBe('exponential_histogram')
    expect(pointsOf(fed.batches[0], DURATION)).toMatchObject([
      { count: 3, sum: 7, scale: 0, positive: { offset: -1, counts: [1, 1, 1] } },
    ])
  })

  it('says since when each series counts: since its interval began, and anew after it expired', () => {
    const fed = new Fed({ metrics_flush_interval: '10s', metrics_expiration: '15s' })
    const startsOf = (path: string) =>
      fed.batches.map((batch) => {
        const point = pointsOf(batch, DURATION).find((one) => one.attributes['http.route'] === path)
        return point && [Number(point.startNs / 1_000_000n) - NOW_MS, point.count]
      })
    const at = (ms: number, path: string) => {
      vi.setSystemTime(NOW_MS)
      setTimeout(() => fed.take([{ path }]), ms)
    }
    at(1000, '/a')
    at(12_000, '/b')
    for (const ms of [5000, 15_000, 25_000, 35_000, 45_000]) at(ms, '/kept')
    at(41_000, '/a')
    vi.advanceTimersByTime(50_000)
    expect(startsOf('/a')).toEqual([[0, 1], [0, 1], undefined, undefined, [40_000, 1]])
    expect(startsOf('/b')).toEqual([undefined, [10_000, 1], [10_000, 1], undefined, undefined])
    expect(startsOf('/kept')).toEqual([1, 2, 3, 4, 5].map((count) => [0, count]))
    fed.end()
  })

  it('keeps a series for good where nothing expires', () => {
    const fed = new Fed({ metrics_expiration: '0s' })
    fed.take([{}])
    vi.advanceTimersByTime(86_400_000)
    expect(pointsOf(fed.batches.at(-1), DURATION)).toHaveLength(1)
    fed.end()
  })

  it('joins the times of deltas to each other', () => {
    const fed = new Fed({ aggregation_temporality: 'delta', metrics_flush_interval: '10s' })
    for (const ms of [1000, 12_000, 42_000]) setTimeout(() => fed.take([{ ms: 3 }]), ms)
    vi.advanceTimersByTime(50_000)
    const times = fed.batches.map((batch) => {
      const [{ startNs, timeNs, count, counts }] = pointsOf(batch, DURATION) as [HistogramPoint]
      const seconds = (ns: bigint) => Number(ns / 1_000_000n - BigInt(NOW_MS)) / 1000
      return [seconds(startNs), seconds(timeNs), count, counts[0]]
    })
    expect(times).toEqual([
      [0, 10, 1, 1],
      [10, 20, 1, 1],
      [20, 50, 1, 1],
    ])
    expect(fed.batches[0]!.groups[0]!.metrics[0]!.data).toMatchObject({ temporality: 1 })
    fed.end()
  })

  it('passes over what is no HTTP request at one of its ends', () => {
    const { 'http.request.method': _, ...other } = spanOf({}).attributes
    const spans = [
      { ...spanOf({}), attributes: other },
      { ...spanOf({}), kind: SPAN_KIND.internal },
    ]
    const scope = { name: 'test', version: '' }
    const fed = new Fed()
    fed.takeBatch(
      new Traces([{ resource: shop, scope, spans: new SpanArray(spans) }], new Delivery()),
    )
    expect(fed.end().batches).toEqual([])
  })

  it('reads exchanges in place where a list offers them, and the others by their attributes', () => {
    class Mixed extends SpanArray {
      http(i: number) {
        if (i % 2 === 1) return undefined
        return {
          client: false,
          weight: 4,
          totalled: i > 0,
          method: 'GET',
          responseStatus: 200,
          errorType: undefined,
          scheme: 'http',
          protocolVersion: '1.1',
          serverAddress: '',
          serverPort: 0,
          route: undefined,
          pathBytes: Buffer.from('GET /users/17 HTTP/1.1'),
          pathStart: 4,
          pathEnd: 13,
          requestBody: undefined,
          responseBody: undefined,
          ids: () => ({ traceId: 't', spanId: 's' }),
        }
      }
    }
    const spans = new Mixed([spanOf({}), spanOf({ path: '/users/18' }), spanOf({})])
    const scope = { name: 'test', version: '' }
    const fed = new Fed()
    fed.takeBatch(new Traces([{ resource: shop, scope, spans }], new Delivery()))
    const points = pointsOf(fed.end().batches[0], DURATION)
    expect(points.map(({ attributes, count }) => [attributes['http.route'], count])).toEqual([
      // The first one stands for four; so does the last one, but the others are counted elsewhere.
      ['/users/*', 6],
    ])
  })
})

describe('the limits of request_metrics', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }))
  afterEach(() => void vi.useRealTimers())

  const paths = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ path: `/p/${'x'.repeat(1 + from + i)}` }))
  const options = {
    aggregation_cardinality_limit: 3,
    routes: { unmatched: 'heuristic' },
    metrics_flush_interval: '10s',
    metrics_expiration: '25s',
  }

  it('sum up in one what are too many series of a service, and say so', () => {
    const lines: string[] = []
    const fed = new Fed(options, { lines })
    fed.take(paths(0, 5))
    fed.take(paths(0, 5), new Resource({ 'service.name': 'bank' }))
    fed.take([...paths(3, 4), { client: true }])
    const points = pointsOf(fed.end().batches[0], DURATION)
    const overflow = { 'otel.metric.overflow': true }
    expect(
      points.map(({ attributes, count }) => [attributes['http.route'] ?? attributes, count]),
    ).toEqual(
      expect.arrayContaining([
        ['/p/x', 1],
        ['/p/xx', 1],
        ['/p/xxx', 1],
        [overflow, 3],
        [overflow, 2],
      ]),
    )
    expect(points).toHaveLength(8)
    expect(pointsOf(fed.batches[0], 'http.client.request.duration')).toMatchObject([
      { attributes: overflow, count: 1 },
    ])
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        level: 40,
        service: 'shop',
        limit: 3,
        msg: 'Too many series, further ones are summed up in one.',
      },
      { level: 40, service: 'bank', limit: 3 },
    ])
  })

  it('count processes of one service together', () => {
    const fed = new Fed(options)
    const twin = new Resource({ 'service.name': 'shop', 'process.pid': 2 })
    fed.take(paths(0, 2))
    fed.take(paths(0, 2), twin)
    const points = pointsOf(fed.end().batches[0], DURATION)
    expect(points.filter(({ attributes }) => 'otel.metric.overflow' in attributes)).toHaveLength(1)
  })

  it('have room again when series have expired', () => {
    const fed = new Fed(options)
    fed.take(paths(0, 4))
    vi.advanceTimersByTime(40_000)
    fed.take(paths(3, 4))
    vi.advanceTimersByTime(10_000)
    expect(pointsOf(fed.batches.at(-1), DURATION)).toMatchObject([
      { attributes: { 'http.route': '/p/xxxx' }, count: 1 },
    ])
    fed.end()
  })

  it('forget a resource with its last series', () => {
    const fed = new Fed({ metrics_flush_interval: '10s', metrics_expiration: '25s' })
    fed.take(paths(0, 3))
    fed.take([{}], bank)
    const [resources, series] = ['resources', 'series'].map((n) => `waggle.request_metrics.${n}`)
    expect(fed.account).toMatchObject({ [resources!]: 2, [series!]: 4 })
    vi.advanceTimersByTime(20_000)
    fed.take([{}], bank)
    vi.advanceTimersByTime(20_000)
    expect(fed.account).toMatchObject({ [resources!]: 1, [series!]: 1 })
    fed.end()
  })

  it('learn the routes of a service in all its processes, and keep them while it is away', () => {
    const fed = new Fed({ metrics_flush_interval: '10s', metrics_expiration: '10s' })
    for (const [i, name] of 'abcdefghijk'.split('').entries()) {
      fed.take([{ path: `/u/${name}` }], new Resource({ 'service.name': 'shop', 'process.pid': i }))
    }
    vi.advanceTimersByTime(60_000)
    expect(fed.batches).toHaveLength(1)
    fed.take([{ path: '/u/a' }])
    expect(pointsOf(fed.end().batches.at(-1), DURATION)).toMatchObject([
      { attributes: { 'http.route': '/u/*' } },
    ])
  })

  it('hand on at once what was counted of the resource idle longest when there are too many', () => {
    const fed = new Fed({ resource_metrics_cache_size: 2 })
    const third = new Resource({ 'service.name': 'third' })
    fed.take([{}, {}])
    fed.take([{}], bank)
    fed.take([{}])
    expect(fed.batches).toEqual([])
    fed.take([{}], third)
    expect(fed.batches.map(textOf)).toEqual(['bank 1'])
    expect(fed.end().batches.map(textOf)).toEqual(['bank 1', 'shop 3 third 1'])
  })
})

describe('the accounts of request_metrics', () => {
  it('settle spans as accepted at once, and hold them until they are in a data point', () => {
    const outcomes: Outcome[] = []
    const fed = new Fed()
    const { counters } = fed.settings
    counters.countIn(3)
    fed.takeBatch(tracesOf([{}, {}, {}], shop, new Delivery((outcome) => outcomes.push(outcome))))
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect(counters.held).toBe(3)
    fed.end()
    expect([counters.held, counters.out]).toEqual([0, 3])
  })

  it('count a span once, however many flushes there are', () => {
    vi.useFakeTimers()
    const fed = new Fed({ metrics_flush_interval: '1s' })
    fed.take([{}])
    vi.advanceTimersByTime(5000)
    expect(fed.end().settings.counters.out).toBe(1)
    vi.useRealTimers()
  })

  it('tell what was too much and what was none of its business, until the end', () => {
    const fed = new Fed({ aggregation_cardinality_limit: 1 })
    fed.take([{}, { path: '/a' }, { path: '/b' }, { more: { 'http.request.method': '' } }])
    const told = {
      'waggle.request_metrics.resources': 1,
      'waggle.request_metrics.series': 2,
      'waggle.request_metrics.overflowed': 2,
      'waggle.request_metrics.ignored': 1,
    }
    expect(fed.account).toEqual(told)
    expect(fed.end().account).toEqual({})
  })

  it('count data points that nobody took', () => {
    const fed = new Fed({}, { outcome: { kind: 'refused', reason: 'queue_full' } })
    fed.take([{ sent: 1 }, { path: '/x' }])
    fed.end()
    expect(fed.settings.counters.refused).toEqual(new Map([['queue_full', 3]]))
  })

  it('stop their timer when nobody listens any more', () => {
    vi.useFakeTimers()
    const config = requestMetricsConfig.parse({})
    const { operator } = new RequestMetricsConnector(testSettings(requestMetrics), config)
    new Subject<Batch>().pipe(operator).subscribe().unsubscribe()
    expect(vi.getTimerCount()).toBe(0)
    of(tracesOf([{}]))
      .pipe(operator)
      .subscribe()
    throwError(() => new Error('boom'))
      .pipe(operator)
      .subscribe({ error: () => {} })
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })
})
