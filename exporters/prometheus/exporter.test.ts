import { describe, expect, it } from 'vitest'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Metrics, TEMPORALITY } from '../../src/pdata/metrics.ts'
import {
  counter,
  exemplarOf,
  exponentialHistogram,
  exponentialPoint,
  gauge,
  histogram,
  histogramPoint,
  metricsOf,
  numberPoint,
  summary,
  summaryPoint,
  TIME_NS,
} from '../../src/pdata/metrics_for_tests.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { NO_SCOPE, samplesOf, started } from './fixtures.ts'

cleansUp()

const shop = new Resource({ 'service.name': 'shop' })
const nobody = new Resource({})
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0'

const later = (seconds: number) => ({ timeNs: TIME_NS + BigInt(seconds) * 1_000_000_000n })

describe('the page', () => {
  it('has every metric with its help, type, labels and value', async () => {
    const { exporter, scrape, counts } = await started()
    await exporter.export(
      metricsOf(
        [
          counter(
            'http.requests',
            [numberPoint(7, { code: 200 }), numberPoint(1n, { code: 500 })],
            {
              description: 'Requests,\nby "code" \\ status.',
              unit: '{request}',
            },
          ),
          gauge('memory.usage', [numberPoint(1.5)], { unit: 'By' }),
          counter('connections', [numberPoint(-2)], { monotonic: false }),
          histogram('http.duration', [histogramPoint({ attributes: { code: 200 } })], {
            unit: 's',
          }),
        ],
        new Resource({
          'service.name': 'cart',
          'service.namespace': 'shop',
          'service.instance.id': 'cart-1',
          'k8s.pod.name': 'cart-1',
        }),
        { name: 'waggle/http', version: '0.1.0' },
      ),
    )
    const common =
      'instance="cart-1",job="shop/cart",otel_scope_name="waggle/http",otel_scope_version="0.1.0"'
    expect(await scrape()).toEqual([
      '# HELP target_info Target metadata',
      '# TYPE target_info gauge',
      'target_info{instance="cart-1",job="shop/cart",k8s_pod_name="cart-1"} 1',
      '# TYPE connections gauge',
      `connections{${common}} -2`,
      '# TYPE http_duration_seconds histogram',
      `http_duration_seconds_bucket{code="200",${common},le="0.1"} 1`,
      `http_duration_seconds_bucket{code="200",${common},le="1"} 3`,
      `http_duration_seconds_bucket{code="200",${common},le="+Inf"} 4`,
      `http_duration_seconds_sum{code="200",${common}} 6.05`,
      `http_duration_seconds_count{code="200",${common}} 4`,
      '# HELP http_requests_total Requests,\\nby "code" \\\\ status.',
      '# TYPE http_requests_total counter',
      `http_requests_total{code="200",${common}} 7`,
      `http_requests_total{code="500",${common}} 1`,
      '# TYPE memory_usage_bytes gauge',
      `memory_usage_bytes{${common}} 1.5`,
    ])
    expect(counts()).toEqual([5, 5, {}])
  })

  it('may be empty', async () => {
    const { scrape } = await started({ enable_open_metrics: true })
    expect(await scrape()).toEqual([])
    expect(await scrape(OPEN_METRICS)).toEqual(['# EOF'])
  })

  it('is OpenMetrics for whoever prefers it, with units and exemplars', async () => {
    const { take, scrape } = await started({ enable_open_metrics: true })
    const exemplars = [
      exemplarOf(0.7, later(-3)),
      exemplarOf(0.2, later(-2)),
      exemplarOf(0.1, { ...later(-4), traceId: '', spanId: '', attributes: { user: 'ä"b' } }),
      exemplarOf(99, later(-5)),
    ]
    const duration = histogramPoint({ exemplars })
    const requests = numberPoint(9, {}, { exemplars: exemplars.slice(0, 2) })
    await take(
      shop,
      counter('io', [numberPoint(1)], { unit: 'By', description: 'A "quote".' }),
      counter('requests', [requests]),
      histogram('duration', [duration], { unit: 's' }),
      gauge('load', [numberPoint(0.5, {}, { exemplars })], { unit: '1' }),
    )
    const ids = 'trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"'
    expect(await scrape(OPEN_METRICS)).toEqual([
      '# HELP target Target metadata',
      '# TYPE target info',
      'target_info{job="shop"} 1',
      '# TYPE duration_seconds histogram',
      '# UNIT duration_seconds seconds',
      'duration_seconds_bucket{job="shop",le="0.1"} 1 # {user="ä\\"b"} 0.1 1790000056',
      `duration_seconds_bucket{job="shop",le="1.0"} 3 # {${ids}} 0.2 1790000058`,
      `duration_seconds_bucket{job="shop",le="+Inf"} 4 # {${ids}} 99 1790000055`,
      'duration_seconds_sum{job="shop"} 6.05',
      'duration_seconds_count{job="shop"} 4',
      '# HELP io_bytes A \\"quote\\".',
      '# TYPE io_bytes counter',
      '# UNIT io_bytes bytes',
      'io_bytes_total{job="shop"} 1',
      '# TYPE load_ratio gauge',
      '# UNIT load_ratio ratio',
      'load_ratio{job="shop"} 0.5',
      '# TYPE requests counter',
      `requests_total{job="shop"} 9 # {${ids}} 0.2 1790000058`,
      '# EOF',
    ])
    expect(samplesOf(await scrape()).join('\n')).not.toContain(' # ')
  })

  it('has no more of an exemplar than OpenMetrics allows', async () => {
    const { take, scrape } = await started({ enable_open_metrics: true })
    const attributes = {
      long: 'x'.repeat(200),
      trace_id: 'not mine',
      fits: 'y'.repeat(61),
      more: 'z',
    }
    const exemplars = [exemplarOf(1, { attributes, timeNs: 0n })]
    await take(nobody, counter('c', [numberPoint(1, {}, { exemplars })]))
    expect((await scrape(OPEN_METRICS))[1]).toBe(
      `c_total 1 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331",fits="${'y'.repeat(61)}"} 1`,
    )
  })

  it('tells the time of each value where that is wanted', async () => {
    const { take, scrape } = await started({ send_timestamps: true, enable_open_metrics: true })
    const time = { timeNs: 1_790_000_060_123_456_789n }
    const point = histogramPoint({ ...time, bounds: [], counts: [4] })
    await take(nobody, gauge('g', [numberPoint(1, {}, time)]), histogram('h', [point]))
    expect(samplesOf(await scrape())).toEqual([
      'g 1 1790000060123',
      'h_bucket{le="+Inf"} 4 1790000060123',
      'h_sum 6.05 1790000060123',
      'h_count 4 1790000060123',
    ])
    expect((await scrape(OPEN_METRICS))[1]).toBe('g 1 1790000060.123')
  })

  it('has classic buckets for an exponential histogram', async () => {
    const { take, scrape } = await started()
    await take(nobody, exponentialHistogram('e', [exponentialPoint()], { unit: 's' }))
    expect(samplesOf(await scrape())).toEqual([
      'e_seconds_bucket{le="0"} 1',
      'e_seconds_bucket{le="1"} 1',
      'e_seconds_bucket{le="2"} 3',
      'e_seconds_bucket{le="4"} 4',
      'e_seconds_bucket{le="+Inf"} 4',
      'e_seconds_sum 6',
      'e_seconds_count 4',
    ])
  })

  it('is named as configured', async () => {
    const { take, scrape } = await started({
      namespace: 'my-node',
      const_labels: { 'the cluster': 'eu' },
      add_metric_suffixes: false,
      enable_open_metrics: true,
      resource_to_telemetry_conversion: { enabled: true },
    })
    const resource = new Resource({ 'service.name': 'shop', zone: 'a' })
    await take(resource, counter('requests', [numberPoint(1)], { unit: 's' }))
    const labels = 'job="shop",service_name="shop",the_cluster="eu",zone="a"'
    expect(await scrape()).toEqual([
      '# HELP my_node_target_info Target metadata',
      '# TYPE my_node_target_info gauge',
      'my_node_target_info{job="shop",zone="a"} 1',
      '# TYPE my_node_requests counter',
      `my_node_requests{${labels}} 1`,
    ])
    expect((await scrape(OPEN_METRICS)).slice(3, 5)).toEqual([
      '# TYPE my_node_requests unknown',
      `my_node_requests{${labels}} 1`,
    ])
  })

  it.each([
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [2n ** 63n - 1n, '9223372036854776000'],
  ])('has %s as a value', async (value, expected) => {
    const { take, scrape } = await started()
    await take(nobody, gauge('g', [numberPoint(value)]))
    expect(samplesOf(await scrape())).toEqual([`g ${expected}`])
  })
})

describe('target_info', () => {
  const worker = (pid: number) =>
    new Resource({ 'service.name': 'nginx', 'host.name': 'a', 'process.pid': pid })
  const targets = async (...resources: Resource[]) => {
    const { take, scrape } = await started()
    for (const resource of resources) await take(resource, gauge('g', [numberPoint(1)]))
    return (await scrape()).filter((line) => line.startsWith('target_info'))
  }

  it('has what all resources of a job and instance agree on', async () => {
    expect(await targets(worker(1))).toEqual([
      'target_info{host_name="a",job="nginx",process_pid="1"} 1',
    ])
    expect(await targets(worker(1), worker(2))).toEqual([
      'target_info{host_name="a",job="nginx"} 1',
    ])
  })

  it('is there once for each job and instance, and not without either', async () => {
    const instance = (id: string) =>
      new Resource({ 'service.name': 'a', 'service.instance.id': id })
    expect(
      await targets(instance('1'), instance('2'), instance('1'), new Resource({ zone: 'a' })),
    ).toEqual(['target_info{instance="1",job="a"} 1', 'target_info{instance="2",job="a"} 1'])
  })
})

describe('values', () => {
  it('are the latest of a cumulative sum or histogram', async () => {
    const { take, scrape } = await started()
    for (const n of [1, 2]) {
      const point = histogramPoint({ ...later(n), count: n, counts: [n, 0, 0], sum: n })
      await take(nobody, counter('c', [numberPoint(n, {}, later(n))]), histogram('h', [point]))
    }
    expect(samplesOf(await scrape())).toEqual([
      'c_total 2',
      'h_bucket{le="0.1"} 2',
      'h_bucket{le="1"} 2',
      'h_bucket{le="+Inf"} 2',
      'h_sum 2',
      'h_count 2',
    ])
  })

  it('of a delta are added up', async () => {
    const { take, scrape } = await started()
    const temporality = TEMPORALITY.delta
    for (const n of [1, 2]) {
      const shape = { ...later(n), count: n, sum: n }
      const point = histogramPoint({ ...shape, counts: [n, 0, 0] })
      const zero = { zeroCount: 0, positive: { offset: 0, counts: [n] } }
      await take(
        nobody,
        counter('c', [numberPoint(n, {}, later(n))], { temporality }),
        histogram('h', [point], { temporality }),
        exponentialHistogram('x', [exponentialPoint({ ...shape, ...zero })], { temporality }),
      )
    }
    expect(samplesOf(await scrape())).toEqual([
      'c_total 3',
      'h_bucket{le="0.1"} 3',
      'h_bucket{le="1"} 3',
      'h_bucket{le="+Inf"} 3',
      'h_sum 3',
      'h_count 3',
      'x_bucket{le="1"} 0',
      'x_bucket{le="2"} 3',
      'x_bucket{le="+Inf"} 3',
      'x_sum 3',
      'x_count 3',
    ])
  })

  it('of resources that the labels do not tell apart are added up', async () => {
    const { take, scrape } = await started()
    for (const pid of [1, 2]) {
      const resource = new Resource({ 'service.name': 'nginx', 'process.pid': pid })
      await take(resource, counter('c', [numberPoint(pid)]), histogram('h', [histogramPoint()]))
    }
    // The same resource in another object, as a receiver makes one for each request.
    const again = new Resource({ 'service.name': 'nginx', 'process.pid': 2 })
    await take(again, counter('c', [numberPoint(10, {}, later(1))]))
    expect(samplesOf(await scrape())).toEqual([
      'target_info{job="nginx"} 1',
      'c_total{job="nginx"} 11',
      'h_bucket{job="nginx",le="0.1"} 2',
      'h_bucket{job="nginx",le="1"} 6',
      'h_bucket{job="nginx",le="+Inf"} 8',
      'h_sum{job="nginx"} 12.1',
      'h_count{job="nginx"} 8',
    ])
  })

  it('stay when the batch they came in is changed', async () => {
    const { take, scrape } = await started()
    const point = histogramPoint({ counts: [1, 2, 1] })
    await take(nobody, histogram('h', [point]))
    ;(point.counts as number[]).fill(0)
    expect((await scrape())[1]).toBe('h_bucket{le="0.1"} 1')
  })

  it('expire', async () => {
    const { take, scrape, clock } = await started({ metric_expiration: '1m' })
    await take(
      shop,
      gauge('a', [numberPoint(1)]),
      gauge('b', [numberPoint(1), numberPoint(2, { x: 1 })]),
    )
    await clock.advance(60_000)
    await take(nobody, gauge('b', [numberPoint(1, { x: 2 })]))
    expect(samplesOf(await scrape())).toEqual([
      'target_info{job="shop"} 1',
      'a{job="shop"} 1',
      'b{job="shop"} 1',
      'b{job="shop",x="1"} 2',
      'b{x="2"} 1',
    ])
    await clock.advance(1)
    expect(samplesOf(await scrape())).toEqual(['b{x="2"} 1'])
    await clock.advance(60_000)
    expect(await scrape()).toEqual([])
  })
})

describe('what is not taken', () => {
  it.each<[string, Parameters<Awaited<ReturnType<typeof started>>['take']>[1][], number, string]>([
    [
      'type_conflict',
      [gauge('a.total', [numberPoint(1)]), counter('a', [numberPoint(1), numberPoint(2)])],
      2,
      'a',
    ],
    ['summary', [summary('s', [summaryPoint()])], 1, 's'],
    ['delta_gauge', [counter('u', [numberPoint(1)], { monotonic: false, temporality: 1 })], 1, 'u'],
    ['invalid_name', [gauge('日本', [numberPoint(1)])], 1, '日本'],
    ['duplicate', [gauge('g', [numberPoint(1), numberPoint(2)])], 1, 'g'],
    ['duplicate', [gauge('a.b', [numberPoint(1)]), gauge('a_b', [numberPoint(2)])], 1, 'a_b'],
    ['out_of_order', [gauge('g', [numberPoint(1), numberPoint(2, {}, later(-1))])], 1, 'g'],
  ])('is counted as %s and logged once', async (reason, metrics, items, metric) => {
    const { take, counts, logged, exporter } = await started({})
    await take(nobody, ...metrics)
    const all = metrics.reduce((sum, { data }) => sum + data.points.length, 0)
    expect(counts()).toEqual([all, all - items, { [reason]: items }])
    await exporter.shutdown()
    expect(logged).toEqual([
      `error Dropping data. reason=${reason} metric=${metric}`,
      `info  No longer dropping data. reason=${reason} items=${items}`,
    ])
  })

  it('may take the place of a type that has expired', async () => {
    const { take, scrape, clock, counts } = await started({ metric_expiration: '20s' })
    await take(nobody, gauge('a.total', [numberPoint(1)]))
    await clock.advance(20_001)
    await take(nobody, counter('a', [numberPoint(2)]))
    expect(await scrape()).toEqual(['# TYPE a_total counter', 'a_total 2'])
    expect(counts()).toEqual([2, 2, {}])
  })

  it('is refused after the end', async () => {
    const { exporter, counts } = await started()
    await exporter.shutdown()
    const batch = new Metrics([{ resource: nobody, scope: NO_SCOPE, metrics: [] }], new Delivery())
    expect(await exporter.export(batch)).toEqual({ kind: 'refused', reason: 'shutdown' })
    expect(counts()).toEqual([0, 0, {}])
  })
})
