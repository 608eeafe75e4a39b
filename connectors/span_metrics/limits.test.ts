import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  asReceived,
  type FedConnector,
  spanLike,
  tracesLike,
} from '../../src/helpers/fed_for_tests.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { readRequest } from '../../src/pdata/otlp_request.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { SpanArray } from '../../src/pdata/span_array.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { CALLS, DURATION, fed } from './spans_for_tests.ts'

const NOW = 1_790_000_000_000

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

const names = (all: FedConnector, name = CALLS): unknown[] =>
  all
    .values(name)
    .map(([attributes, value]) => [
      attributes['span.name'] ?? attributes['otel.metric.overflow'],
      value,
    ])

describe('the series of span_metrics', () => {
  it('are so many of a resource and metric, and what is more is one series, told in the log once', () => {
    const all = fed({ aggregation_cardinality_limit: 2 })
    all.take(['a', 'b', 'c', 'd', 'a'].map((name) => ({ name }))).take([{ name: 'e' }])
    all.take([{ name: 'x' }], 'bank')
    expect(all.account).toMatchObject({
      'waggle.span_metrics.overflowed calls': 3,
      'waggle.span_metrics.overflowed duration': 3,
      'waggle.span_metrics.overflowed events': 0,
      'waggle.span_metrics.series': 4,
      'waggle.span_metrics.resources': 2,
    })
    all.end()
    const counted = [
      ['a', 2],
      ['b', 1],
      [true, 3],
      ['x', 1],
    ]
    expect(names(all)).toEqual(counted)
    expect(names(all, DURATION)).toEqual(counted)
    expect(all.values(CALLS)[2]![0]).toEqual({ 'otel.metric.overflow': true })
    const said = all.lines.map((line) => JSON.parse(line) as object)
    expect(said).toMatchObject([
      { msg: 'Too many series, further ones are summed up in one.', service: 'shop', limit: 2 },
    ])
  })

  it('stay within the limit when an attribute has a million values, and every span is counted', () => {
    const all = fed({ dimensions: [{ name: 'user.id' }] })
    const spans = Array.from({ length: 10_000 }, (_, i) => ({
      attributes: { 'user.id': `user-00-${String(i).padStart(4, '0')}` },
    }))
    const { encoded } = asReceived(tracesLike(spans))
    const text = (encoded as Buffer).toString('latin1')
    for (let n = 10; n < 110; n++) {
      const others = text.replaceAll('user-00-', `user-${String(n % 100).padStart(2, '0')}-`)
      all.takeBatch(readRequest('traces', Buffer.from(others, 'latin1'), new Delivery()))
    }
    expect(all.account['waggle.span_metrics.overflowed calls']).toBe(998_000)
    expect(all.account['waggle.span_metrics.series']).toBe(2001)
    all.end()
    expect(all.values(CALLS)).toHaveLength(2001)
    expect(all.values(CALLS).at(-1)).toEqual([{ 'otel.metric.overflow': true }, 998_000])
  })

  it('go one by one when they were not used for as long as they are kept', () => {
    const all = fed({ metrics_flush_interval: '10s', metrics_expiration: '25s' })
    all.take([{ name: 'old' }, { name: 'busy' }])
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(10_000)
      all.take([{ name: 'busy' }])
    }
    expect(names(all)).toEqual([['busy', 5]])
    all.take([{ name: 'old' }])
    vi.advanceTimersByTime(10_000)
    expect(names(all)).toEqual([
      ['busy', 6],
      ['old', 0],
    ])
    const points = all.points(CALLS).map(({ startNs }) => Number(startNs / 1_000_000n) - NOW)
    expect(points).toEqual([0, 50_000])
    vi.advanceTimersByTime(60_000)
    expect(all.account).toMatchObject({
      'waggle.span_metrics.series': 0,
      'waggle.span_metrics.resources': 0,
    })
  })

  it('stay as long as their resource has spans where that is asked for, and go with it', () => {
    const all = fed({ metrics_expiration: '90s', series_expiration: '0s' })
    all.take([{ name: 'old' }, { name: 'busy' }]).take([{}], 'idle')
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(60_000)
      all.take([{ name: 'busy' }])
    }
    expect(names(all)).toEqual([
      ['old', 1],
      ['busy', 4],
    ])
    expect(all.account['waggle.span_metrics.resources']).toBe(1)
  })

  it('are told of before they go, however short they are kept', () => {
    const all = fed({ metrics_flush_interval: '10s', metrics_expiration: '1s' })
    all.take([{}])
    vi.advanceTimersByTime(20_000)
    expect(all.batches.map((batch) => all.values(CALLS, batch)[0]![1])).toEqual([0, 1])
    vi.advanceTimersByTime(20_000)
    expect(all.account['waggle.span_metrics.resources']).toBe(0)
  })

  it('make room for another resource by handing those on that were idle longest', () => {
    const all = fed({ resource_metrics_cache_size: 2 })
    all.take([{}], 'a')
    vi.advanceTimersByTime(1)
    all.take([{}], 'b')
    vi.advanceTimersByTime(1)
    all.take([{}], 'a')
    vi.advanceTimersByTime(1)
    all.take([{}], 'c')
    expect(all.values(CALLS)).toMatchObject([[{ 'service.name': 'b' }, 1]])
    expect(all.account['waggle.span_metrics.evicted']).toBe(1)
    all.end()
    expect(all.values(CALLS)).toMatchObject([
      [{ 'service.name': 'a' }, 2],
      [{ 'service.name': 'c' }, 1],
    ])
  })

  it('are those of one resource where resources differ in what does not tell them apart', () => {
    const pod = (name: string, pid: number): Resource =>
      new Resource({ 'service.name': name, 'process.pid': pid, zone: 'z' })
    const all = fed({ resource_metrics_key_attributes: ['service.name'] })
    all.take([{}], pod('shop', 1)).take([{}], pod('shop', 2)).take([{}], pod('bank', 3)).end()
    const [groups] = all.batches.map((batch) =>
      batch.groups.map(({ resource }) => resource.attributes),
    )
    expect(groups).toEqual([pod('shop', 1).attributes, pod('bank', 3).attributes])
    expect(all.values(CALLS).map(([, value]) => value)).toEqual([2, 1])

    const none = fed({ add_resource_attributes: false })
    none.take([{}], pod('shop', 1)).take([{}], pod('shop', 2)).take([{}], pod('bank', 3)).end()
    expect(none.batches[0]!.groups.map(({ resource }) => resource.attributes)).toEqual([{}])
    expect(none.values(CALLS)).toMatchObject([
      [{ 'service.name': 'shop' }, 2],
      [{ 'service.name': 'bank' }, 1],
    ])
  })

  it('count anew after each flush where deltas are asked for, from where the last data point ended', () => {
    const all = fed({ aggregation_temporality: 'AGGREGATION_TEMPORALITY_DELTA' })
    vi.advanceTimersByTime(10_000)
    all.take([{ name: 'a', ms: 3 }, { name: 'b' }])
    vi.advanceTimersByTime(50_000)
    expect(names(all)).toEqual([
      ['a', 1],
      ['b', 1],
    ])
    vi.advanceTimersByTime(60_000)
    expect(all.batches).toHaveLength(1)
    expect(all.account['waggle.span_metrics.series']).toBe(0)
    all.take([{ name: 'a', ms: 5 }, { name: 'c' }]).end()
    const times = all.points(CALLS).map(({ startNs }) => Number(startNs / 1_000_000n) - NOW)
    expect(names(all)).toEqual([
      ['a', 1],
      ['c', 1],
    ])
    expect(times).toEqual([60_000, 120_000])
    expect(all.points(DURATION)[0]).toMatchObject({ count: 1, sum: 5 })
    expect(all.batches[0]!.groups[0]!.metrics[0]!.data).toMatchObject({
      type: 'sum',
      temporality: 1,
      monotonic: true,
    })
  })

  it('remember where the last data points ended for so many series', () => {
    const all = fed({ aggregation_temporality: 'delta', metric_timestamp_cache_size: 1 })
    all.take([{ name: 'a' }, { name: 'b' }])
    vi.advanceTimersByTime(60_000)
    vi.advanceTimersByTime(10_000)
    all.take([{ name: 'a' }, { name: 'b' }]).end()
    const times = all.points(CALLS).map(({ startNs }) => Number(startNs / 1_000_000n) - NOW)
    expect(times).toEqual([70_000, 60_000])
  })

  it('take names that are no UTF-8 as they are shown, and hostile keys as keys', () => {
    const all = fed({ dimensions: [{ name: '__proto__' }, { glob: 'constructor' }] })
    const bytes = Buffer.from('name-1')
    const broken = (at: number): Traces => {
      const batch = asReceived(
        new Traces(
          [
            {
              resource: new Resource({ 'service.name': 'shop' }),
              scope: { name: '', version: '' },
              spans: new SpanArray([
                spanLike({ name: 'name-1', attributes: { constructor: 'x' } }),
              ]),
            },
          ],
          new Delivery(),
        ),
      )
      const encoded = batch.encoded as Buffer
      encoded[encoded.indexOf(bytes)] = at
      return batch
    }
    const hostile = JSON.parse('{"__proto__": {"a": 1}, "constructor": null}') as Attributes
    all
      .takeBatch(broken(0xff))
      .takeBatch(broken(0xfe))
      .take([{ attributes: hostile }])
      .end()
    const [[name, count], [keys]] = all.values(CALLS) as [[Attributes, number], [Attributes]]
    expect([name, count]).toMatchObject([{ 'span.name': '\ufffdame-1', constructor: 'x' }, 2])
    expect(Object.entries(keys).slice(4)).toEqual(Object.entries(hostile))
  })
})
