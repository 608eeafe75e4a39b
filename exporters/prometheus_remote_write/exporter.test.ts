import { describe, expect, it } from 'vitest'
import { cleansUp } from '../../test/kit/fixtures.ts'
import {
  counter,
  exemplarOf,
  exponentialHistogram,
  exponentialPoint,
  gauge,
  histogram,
  histogramPoint,
  numberPoint,
  START_NS,
  summary,
  summaryPoint,
  TIME_NS,
} from '../../src/pdata/metrics_for_tests.ts'
import { TEMPORALITY } from '../../src/pdata/metrics.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { V2, writing } from './fixtures.ts'

cleansUp()

const TIME = Number(TIME_NS / 1_000_000n)
const START = Number(START_NS / 1_000_000n)
const cart = new Resource({
  'service.name': 'cart',
  'service.namespace': 'shop',
  'service.instance.id': 'c-1',
  'k8s.pod.name': 'cart-1',
})

const versions = [
  ['1.0', {}],
  ['2.0', { protobuf_message: V2 }],
] as const

describe.each(versions)('Remote Write %s', (version, given) => {
  it('has the names and labels that the prometheus exporter has', async () => {
    const { sink, write, counts } = await writing(given)
    await write([counter('http.requests', [numberPoint(7, { 'http.route': '/a' })])], cart, {
      name: 'app',
      version: '2',
      attributes: { short: 'x' },
    })
    const requests =
      'http_requests_total{http_route="/a",instance="c-1",job="shop/cart",otel_scope_name="app",otel_scope_short="x",otel_scope_version="2"}'
    const target = 'target_info{instance="c-1",job="shop/cart",k8s_pod_name="cart-1"}'
    expect(sink.series().map(({ name, samples }) => [name, samples[0]?.value])).toEqual([
      [requests, 7],
      [target, 1],
    ])
    expect(sink.received[0]?.headers).toMatchObject({
      'content-encoding': 'snappy',
      'content-type':
        version === '1.0'
          ? 'application/x-protobuf'
          : 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
      'x-prometheus-remote-write-version': version === '1.0' ? '0.1.0' : '2.0.0',
      'user-agent': 'waggle/0.1.0',
    })
    expect(counts()).toEqual([1, 1, {}])
  })

  it('writes numbers of every sort', async () => {
    const { sink, write } = await writing(given)
    const values = [0, -0, 2 ** 60, 1e-7, NaN, Infinity, -Infinity]
    await write([
      gauge(
        'odd',
        values.map((value, i) => numberPoint(value, { i })),
      ),
    ])
    expect(sink.series().map(({ samples }) => samples)).toEqual(
      values.map((value) => [expect.objectContaining({ value, timestamp: TIME })]),
    )
  })

  it('writes histograms and summaries as the series that Prometheus has of them', async () => {
    const { sink, write, counts } = await writing(given)
    const exemplars = [exemplarOf(0.5, { attributes: { user: 'a' } })]
    await write([
      histogram('took', [histogramPoint({ exemplars })], { unit: 's' }),
      summary('size', [summaryPoint()], { unit: 'By' }),
    ])
    expect(sink.series().map(({ name, samples }) => [name, samples[0]?.value])).toEqual([
      ['took_seconds_sum', 6.05],
      ['took_seconds_count', 4],
      ['took_seconds_bucket{le="0.1"}', 1],
      ['took_seconds_bucket{le="1"}', 3],
      ['took_seconds_bucket{le="+Inf"}', 4],
      ['size_bytes_sum', 6.05],
      ['size_bytes_count', 4],
      ['size_bytes{quantile="0.5"}', 0.5],
      ['size_bytes{quantile="1"}', 5],
    ])
    const shown = sink.series().filter((one) => one.exemplars.length > 0)
    const ids = 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"'
    expect(shown.map(({ name, exemplars: all }) => [name, all])).toEqual([
      [
        'took_seconds_bucket{le="1"}',
        [{ labels: `${ids},user="a"`, value: 0.5, timestamp: TIME - 1 }],
      ],
    ])
    expect(counts()).toEqual([2, 2, {}])
  })

  it('writes exponential histograms as native ones', async () => {
    const { sink, write } = await writing(given)
    const negative = { offset: -1, counts: [3] }
    await write([exponentialHistogram('size', [exponentialPoint({ negative })])])
    expect(sink.series()[0]?.histograms).toEqual([
      {
        count_int: 4,
        sum: 6,
        schema: 0,
        zero_threshold: 1e-128,
        zero_count_int: 1,
        negative_spans: [{ offset: 0, length: 1 }],
        negative_deltas: [3],
        positive_spans: [{ offset: 1, length: 2 }],
        positive_deltas: [2, -1],
        timestamp: TIME,
        ...(version === '2.0' && { start_timestamp: START }),
      },
    ])
  })

  it('marks the end of a series', async () => {
    const { sink, write } = await writing(given)
    await write([gauge('load', [numberPoint(0, {}, { flags: 1 })])])
    const bits = Buffer.alloc(8)
    bits.writeDoubleBE(sink.series()[0]?.samples[0]?.value as number)
    // What protobufjs reads keeps the bits of a NaN.
    expect(bits.toString('hex')).toBe('7ff0000000000002')
  })

  it('writes the samples of a series in the order of their times, each time once', async () => {
    const { sink, write, counts, logged } = await writing(given)
    const at = (ms: number) => ({ timeNs: TIME_NS + BigInt(ms) * 1_000_000n })
    await write([
      gauge('load', [
        numberPoint(3, {}, at(20)),
        numberPoint(1, {}, at(0)),
        numberPoint(2, {}, at(10)),
        numberPoint(9, {}, at(10)),
      ]),
    ])
    expect(sink.series().map(({ samples }) => samples.map(({ value }) => value))).toEqual([
      [1, 2, 3],
    ])
    expect(counts()).toEqual([4, 3, { duplicate: 1 }])
    expect(logged).toContain('error Dropping data. reason=duplicate metric=load')
  })

  it('splits what is larger than max_batch_size_bytes, and loses nothing', async () => {
    const { sink, write, counts } = await writing({ ...given, max_batch_size_bytes: 2_000 })
    const points = Array.from({ length: 500 }, (_, i) =>
      numberPoint(i, { i, text: 'x'.repeat(20) }),
    )
    await write([gauge('load', points)])
    expect(sink.received.length).toBeGreaterThan(5)
    expect(Math.max(...sink.received.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2_000)
    const values = sink.series().map(({ samples }) => samples[0]?.value ?? -1)
    expect(values.toSorted((a, b) => a - b)).toEqual(points.map(({ value }) => value))
    expect(counts()).toEqual([500, 500, {}])
  })

  it('refuses changes, and what no native histogram can be, each with its reason', async () => {
    const { sink, write, counts } = await writing(given)
    const temporality = TEMPORALITY.delta
    const noSum = exponentialPoint()
    delete (noSum as { sum?: number }).sum
    await write([
      counter('changes', [numberPoint(1), numberPoint(2, { a: 1 })], { temporality }),
      histogram('changes', [histogramPoint()], { temporality }),
      exponentialHistogram('wide', [exponentialPoint({ scale: -5 })]),
      exponentialHistogram('no.sum', [noSum]),
      gauge('@@@', [numberPoint(1)]),
      gauge('good', [numberPoint(1)]),
    ])
    expect(sink.series().map(({ name }) => name)).toEqual(['good'])
    expect(counts()).toEqual([7, 1, { delta: 3, scale: 1, no_sum: 1, invalid_name: 1 }])
  })

  it('writes nothing where nothing is left', async () => {
    const { sink, write, counts } = await writing(given)
    await expect(write([gauge('@', [numberPoint(1)])])).resolves.toEqual({ kind: 'accepted' })
    expect(sink.received).toEqual([])
    expect(counts()).toEqual([1, 0, { invalid_name: 1 }])
  })
})

describe('the options of prometheus_remote_write', () => {
  it('put a namespace in front, and external labels where there are none of the name', async () => {
    const { sink, write } = await writing({
      namespace: 'node',
      external_labels: { cluster: 'eu', 'a b': 'c', job: 'other' },
    })
    await write([gauge('load', [numberPoint(1, { cluster: 'own' })])], cart)
    expect(sink.series().map(({ name }) => name)).toEqual([
      'node_load{a_b="c",cluster="own",instance="c-1",job="shop/cart"}',
      'node_target_info{a_b="c",cluster="eu",instance="c-1",job="shop/cart",k8s_pod_name="cart-1"}',
    ])
  })

  it.each([
    [{ enabled: true }, true],
    [{ enabled: true, exclude_service_attributes: true }, false],
  ])('make labels of the attributes of resources with %j', async (conversion, withService) => {
    const { sink, write } = await writing({
      resource_to_telemetry_conversion: conversion,
      target_info: { enabled: false },
    })
    await write([gauge('load', [numberPoint(1)])], cart)
    const own = ',service_instance_id="c-1",service_name="cart",service_namespace="shop"'
    expect(sink.series().map(({ name }) => name)).toEqual([
      `load{instance="c-1",job="shop/cart",k8s_pod_name="cart-1"${withService ? own : ''}}`,
    ])
  })

  it('leave out the scope and the suffixes', async () => {
    const { sink, write } = await writing({ disable_scope_info: true, add_metric_suffixes: false })
    const scope = { name: 'app', version: '1', attributes: { a: 1 } }
    await write([counter('io', [numberPoint(1)], { unit: 'By' })], new Resource({}), scope)
    expect(sink.series().map(({ name }) => name)).toEqual(['io'])
  })

  it.each([
    ['UnderscoreEscapingWithSuffixes', 'http_io_bytes_total{http_route="/"}'],
    ['UnderscoreEscapingWithoutSuffixes', 'http_io{http_route="/"}'],
    ['NoUTF8EscapingWithSuffixes', 'http.io_bytes_total{http.route="/"}'],
    ['NoTranslation', 'http.io{http.route="/"}'],
  ])('translate names as %s says', async (translation_strategy, name) => {
    const { sink, write } = await writing({ protobuf_message: V2, translation_strategy })
    await write([counter('http.io', [numberPoint(1, { 'http.route': '/' })], { unit: 'By' })])
    expect(sink.series().map((one) => one.name)).toEqual([name])
  })

  it.each([
    [true, [{ type: 1, metric_family_name: 'io_bytes_total', help: 'All.', unit: 'bytes' }]],
    [false, []],
  ])('send metadata with 1.0 when told so: %s', async (send_metadata, expected) => {
    const { sink, write } = await writing({ send_metadata })
    const points = [numberPoint(1), numberPoint(1, { a: 1 })]
    await write([counter('io', points, { unit: 'By', description: 'All.' })])
    expect(sink.received.map(({ metadata }) => metadata)).toEqual([expected])
  })

  it('send metadata, start times and each text once with 2.0', async () => {
    const { sink, write } = await writing({ protobuf_message: V2 })
    const points = [numberPoint(1, { a: 'x' }), numberPoint(2, { a: 'y' })]
    await write([counter('io', points, { unit: 'By', description: 'All.' })])
    const [request] = sink.received
    expect(request?.series.map(({ metadata }) => metadata)).toEqual([
      { type: 1, help: 'All.', unit: 'bytes' },
      { type: 1, help: 'All.', unit: 'bytes' },
    ])
    expect(request?.series[0]?.samples).toEqual([
      { value: 1, timestamp: TIME, start_timestamp: START },
    ])
    expect(request?.symbols[0]).toBe('')
    expect(new Set(request?.symbols).size).toBe(request?.symbols.length)
  })
})
