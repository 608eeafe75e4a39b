import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asReceived, spanLike, START_NS, tracesLike } from '../../src/helpers/fed_for_tests.ts'
import type { HistogramPoint } from '../../src/pdata/metrics.ts'
import { ConcatSpanList } from '../../src/pdata/concat_span_list.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SPAN_KIND, STATUS_CODE, Traces } from '../../src/pdata/traces.ts'
import { CALLS, DURATION, EVENTS, fed } from './spans_for_tests.ts'

const NOW = 1_790_000_000_000

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

const failed = { code: STATUS_CODE.error, message: '' }
const base = {
  'service.name': 'shop',
  'span.name': 'GET',
  'span.kind': 'SPAN_KIND_SERVER',
  'status.code': 'STATUS_CODE_UNSET',
}
const dimensions = (...names: string[]): object[] => names.map((name) => ({ name }))

describe('span_metrics', () => {
  it('[2.10] counts the requests, the errors and the latency of each interface of a service', () => {
    const orders = { name: 'GET /orders' }
    const all = fed().take([
      { ...orders, ms: 3 },
      { ...orders, ms: 7 },
      { ...orders, ms: 20_000, status: failed },
      { name: 'POST /orders', ms: 1, kind: SPAN_KIND.client },
    ])
    all.take([{ name: 'charge', ms: 5 }], 'bank').end()
    const of = (name: string, more: object = {}): object => ({
      ...base,
      'span.name': name,
      ...more,
    })
    expect(all.values(CALLS)).toEqual([
      [of('GET /orders'), 2],
      [of('GET /orders', { 'status.code': 'STATUS_CODE_ERROR' }), 1],
      [of('POST /orders', { 'span.kind': 'SPAN_KIND_CLIENT' }), 1],
      [of('charge', { 'service.name': 'bank' }), 1],
    ])
    const points = all.points(DURATION) as HistogramPoint[]
    expect(points.map(({ count, sum }) => [count, sum])).toEqual([
      [2, 10],
      [1, 20_000],
      [1, 1],
      [1, 5],
    ])
    expect(points[0]).toMatchObject({
      bounds: [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000],
      counts: [0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    })
    const names = all.batches[0]!.groups.map(({ resource, metrics }) => [
      resource.attributes['service.name'],
      ...metrics.map(({ name, unit, data }) => `${name} ${unit} ${data.type}`),
    ])
    const made = [`${CALLS}  sum`, `${DURATION} ms histogram`]
    expect(names).toEqual([
      ['shop', ...made],
      ['bank', ...made],
    ])
  })

  it('tells of a new series with 0 at first, so that backends see it grow, and of its count when it ends', () => {
    const all = fed().take([{}, {}])
    vi.advanceTimersByTime(60_000)
    expect(all.values(CALLS)).toEqual([[base, 0]])
    expect(all.values(DURATION)).toEqual([[base, 2]])
    vi.advanceTimersByTime(60_000)
    expect(all.values(CALLS)).toEqual([[base, 2]])
    all.take([{ name: 'new' }]).end()
    expect(all.values(CALLS)).toEqual([
      [base, 2],
      [{ ...base, 'span.name': 'new' }, 1],
    ])
    const [point] = all.points(CALLS)
    expect(point).toMatchObject({
      startNs: BigInt(NOW) * 1_000_000n,
      timeNs: BigInt(NOW + 120_000) * 1_000_000n,
    })
  })

  it('makes one series of the same span, however it comes', () => {
    const spans = [
      { name: 'naïve ☕', attributes: { a: 5, b: [1, 'x'], c: true, d: '\u{1f41d}' } },
      { name: 'GET', attributes: { a: 300, b: { y: 2n ** 60n, x: null }, c: -1.5, d: '' } },
      { name: 'GET', attributes: { a: Buffer.from([1, 2]), d: 'x'.repeat(500) } },
    ]
    const all = fed({ dimensions: dimensions('a', 'b', 'c', 'd') })
    const made = tracesLike(spans)
    const received = asReceived(made)
    const [group] = received.groups
    const joined = new ConcatSpanList([group!.spans.slice(0, 1), made.groups[0]!.spans.slice(1, 3)])
    all.takeBatch(made).takeBatch(received)
    all.takeBatch(new Traces([{ ...group!, spans: joined }], new Delivery())).end()
    expect(all.values(CALLS)).toEqual(
      spans.map(({ name, attributes }) => [{ ...base, 'span.name': name, ...attributes }, 3]),
    )
  })

  it('takes the value of a dimension from the span, else from the resource, else from its default', () => {
    const resource = new Resource({ 'service.name': 'shop', zone: 'a', tier: 1 })
    const all = fed({
      dimensions: [{ name: 'zone' }, { name: 'tier', default: 'none' }, { name: 'gone' }],
      calls_dimensions: [{ name: 'color', default: 'red' }],
      histogram: { dimensions: [{ name: 'shape' }] },
    })
    all.take([{ attributes: { zone: 'b', shape: 'round' } }, {}], resource)
    all.take([{ attributes: { zone: 'a', tier: 1, color: 'red' } }], resource).end()
    const [first, second] = [
      { ...base, zone: 'b', tier: 1 },
      { ...base, zone: 'a', tier: 1 },
    ]
    expect(all.values(CALLS)).toEqual([
      [{ ...first, color: 'red' }, 1],
      [{ ...second, color: 'red' }, 2],
    ])
    expect(all.values(DURATION)).toEqual([
      [{ ...first, shape: 'round' }, 1],
      [second, 2],
    ])
  })

  it('takes every attribute whose key a pattern matches', () => {
    const resource = new Resource({
      'service.name': 'shop',
      'k8s.pod.name': 'p',
      'k8s.a.b.name': 1,
    })
    const all = fed({ dimensions: [{ glob: 'k8s.*.name' }, { glob: '{db,rpc}.**' }] })
    all.take([{ attributes: { 'rpc.a.b': 1, 'db.x': 2, 'k8s.pod.name': 'own' } }], resource)
    all.take([{ attributes: { 'db.x': 2, 'k8s.pod.name': 'own', 'rpc.a.b': 1 } }], resource).end()
    expect(all.values(CALLS)).toEqual([
      [{ ...base, 'db.x': 2, 'k8s.pod.name': 'own', 'rpc.a.b': 1 }, 2],
    ])
  })

  it('leaves out what is excluded, and sums up what differs in that alone', () => {
    const all = fed({ exclude_dimensions: ['span.name', 'span.kind', 'status.code'] })
    all.take([{ name: 'a' }, { name: 'b', kind: SPAN_KIND.client }, { status: failed }]).end()
    expect(all.values(CALLS)).toEqual([[{ 'service.name': 'shop' }, 3]])
  })

  it('names the scope where that is asked for', () => {
    const all = fed({ include_instrumentation_scope: ['express'] })
    all.take([{}], 'shop', { name: 'express', version: '4' })
    all.take([{}], 'shop', { name: 'other', version: '4' }).end()
    const scope = {
      'span.instrumentation.scope.name': 'express',
      'span.instrumentation.scope.version': '4',
    }
    expect(all.values(CALLS)).toEqual([
      [{ ...base, ...scope }, 1],
      [base, 1],
    ])
  })

  it('counts a span that ends before it starts with a duration of 0, and tells how many there were', () => {
    const all = fed().take([{ ms: -5 }, { ms: 0 }, { startNs: 0n, endNs: 0n }])
    all.take([{ startNs: START_NS, endNs: 0n }]).end()
    expect(all.points(DURATION)).toMatchObject([{ count: 4, sum: 0, min: 0, max: 0 }])
    expect(all.account['waggle.span_metrics.reversed']).toBe(2)
  })

  it('passes spans of resources without a service over, and counts them', () => {
    const all = fed()
      .take([{}, {}], new Resource({ 'host.name': 'h' }))
      .end()
    expect(all.batches).toEqual([])
    expect(all.account['waggle.span_metrics.ignored no_service_name']).toBe(2)
  })

  it('counts durations in seconds, in buckets of its own or in exponential ones', () => {
    const seconds = fed({ histogram: { unit: 's' } })
      .take([{ ms: 2 }, { ms: 2.1 }])
      .end()
    expect(seconds.points(DURATION)).toMatchObject([{ sum: 0.0041, counts: { 0: 1, 1: 1 } }])
    expect((seconds.points(DURATION)[0] as HistogramPoint).bounds.slice(0, 3)).toEqual([
      0.002, 0.004, 0.006,
    ])
    const explicit = { unit: 's', explicit: { buckets: ['100us', '1.5s'] } }
    const own = fed({ histogram: explicit })
      .take([{ ms: 1500 }])
      .end()
    expect(own.points(DURATION)).toMatchObject([{ bounds: [0.0001, 1.5], counts: [0, 1, 0] }])
    const exponential = fed({ histogram: { exponential: { max_size: 4 } } })
    exponential.take([{ ms: 1 }, { ms: 4 }, { ms: 0 }]).end()
    expect(exponential.points(DURATION)).toMatchObject([
      { count: 3, sum: 5, zeroCount: 1, min: 0, max: 4 },
    ])
    const none = fed({ histogram: { disable: true }, namespace: '' })
      .take([{}])
      .end()
    expect(none.batches[0]!.groups[0]!.metrics.map(({ name }) => name)).toEqual(['calls'])
  })

  it('counts a sampled span as often as it stands for', () => {
    const all = fed({ enable_metrics_sampling_method: true })
    const third = { traceState: 'ot=th:aaaaaaaaaaaaaa' }
    const kernel = { attributes: { 'waggle.sampling.adjusted_count': 8 } }
    all.take([{}, third, third, third, third, kernel, { traceState: 'vendor=1' }]).end()
    expect(all.values(CALLS)).toEqual([
      [{ ...base, 'sampling.method': 'counted' }, 2],
      [{ ...base, 'sampling.method': 'extrapolated' }, 20],
    ])
    expect(all.values(DURATION).map(([, count]) => count)).toEqual([2, 20])
  })

  it('counts events by their attributes', () => {
    const event = (type: string) => ({
      timeNs: START_NS,
      name: 'exception',
      attributes: { 'exception.type': type },
    })
    const all = fed({ events: { enabled: true, dimensions: dimensions('exception.type') } })
    all.take([{ events: [event('A'), event('B'), event('A')] }, {}]).end()
    expect(all.values(EVENTS)).toEqual([
      [{ ...base, 'exception.type': 'A' }, 2],
      [{ ...base, 'exception.type': 'B' }, 1],
    ])
  })

  it('names spans as examples of what they were counted in, until they were told of', () => {
    const all = fed({ exemplars: { enabled: true, max_per_data_point: 2 } })
    all.take([
      { spanId: '1111111111111111', ms: 3 },
      { spanId: '2222222222222222', ms: 30 },
    ])
    all.take([
      { spanId: '3333333333333333', ms: 3.1 },
      { traceId: '', ms: 3000 },
    ])
    vi.advanceTimersByTime(60_000)
    for (const name of [CALLS, DURATION]) {
      expect(all.points(name)[0]!.exemplars).toMatchObject([
        { value: 3, spanId: '1111111111111111', timeNs: START_NS + 3_000_000n },
        { value: 30, spanId: '2222222222222222', traceId: spanLike().traceId },
      ])
    }
    all.end()
    expect(all.points(CALLS)[0]!.exemplars).toEqual([])
  })
})
