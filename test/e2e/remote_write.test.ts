import { beforeAll, describe, expect, it } from 'vitest'
import { prometheusRemoteWriteConfig } from '../../exporters/prometheus_remote_write/config.ts'
import { PrometheusRemoteWriteExporter } from '../../exporters/prometheus_remote_write/exporter.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
import type { Metric } from '../../src/pdata/metrics.ts'
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
} from '../../src/pdata/metrics_for_tests.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { atEnd } from '../kit/cleanup.ts'
import { unpack } from '../kit/debian.ts'
import { cleansUp } from '../kit/fixtures.ts'
import { startPrometheus } from '../kit/prometheus.ts'

cleansUp()

beforeAll(async () => void (await unpack('prometheus')), 120_000)

const ARGUMENTS = [
  '--web.enable-remote-write-receiver',
  '--enable-feature=native-histograms,exemplar-storage',
]
const HOSTILE = 'back\\slash "quote"\nnewline \u2028 ünïcode 🐝'
const cart = new Resource({
  'service.name': 'cart',
  'service.instance.id': 'c-1',
  'k8s.pod.name': 'cart-1',
  hostile: HOSTILE,
})

/** Sends one batch; resolves when it was written or given up, with the counts. */
async function write(port: number, metrics: readonly Metric[], given: object = {}) {
  const { settings, logged } = settingsOf('prometheus_remote_write')
  const endpoint = `http://127.0.0.1:${port}/api/v1/write`
  const config = prometheusRemoteWriteConfig.parse({ endpoint, ...given })
  const exporter = new PrometheusRemoteWriteExporter(settings, config)
  atEnd('exporter', () => exporter.shutdown())
  await exporter.start()
  await exporter.export(metricsOf(metrics, cart, { name: '', version: '' }))
  await exporter.shutdown()
  const { counters } = settings
  return { counts: [counters.in, counters.out, Object.fromEntries(counters.dropped)], logged }
}

interface Exemplars {
  data: { seriesLabels: Record<string, string>; exemplars: { labels: object; value: string }[] }[]
}

describe('Prometheus, written to by prometheus_remote_write', () => {
  it('answers with every sort of metric, exemplars and native histograms', async () => {
    const { port, query } = await startPrometheus('{}', ARGUMENTS)
    const timeNs = BigInt(Date.now() - 1_000) * 1_000_000n
    const now = { timeNs, startNs: timeNs - 60_000_000_000n }
    const exemplars = [exemplarOf(0.5, { timeNs })]
    const number = (value: number, attributes = {}) => numberPoint(value, attributes, now)
    const { counts, logged } = await write(
      port,
      [
        counter('http.requests', [number(7, { code: 200, HOSTILE })], { unit: '{request}' }),
        gauge(
          'odd',
          [NaN, Infinity, -Infinity, 5e-324].map((value, i) => number(value, { i })),
        ),
        histogram('took', [histogramPoint({ ...now, exemplars })], { unit: 's' }),
        exponentialHistogram('size', [exponentialPoint(now)], { unit: 'By' }),
        summary('wait', [summaryPoint(now)]),
      ],
      { external_labels: { cluster: 'eu' } },
    )
    expect([counts, logged]).toEqual([[8, 8, {}], []])

    const own = { cluster: 'eu', instance: 'c-1', job: 'cart' }
    const [requests] = await query('http_requests_total')
    expect(requests).toEqual({
      labels: { __name__: 'http_requests_total', code: '200', HOSTILE, ...own },
      value: 7,
    })
    const odd = await query('odd')
    expect(new Map(odd.map(({ labels, value }) => [labels['i'], value]))).toEqual(
      new Map([
        ['0', NaN],
        ['1', NaN],
        ['2', NaN],
        ['3', 5e-324],
      ]),
    )
    expect((await query('count(odd == +Inf) + 10 * count(odd == -Inf)'))[0]?.value).toBe(11)
    expect(await query('took_seconds_bucket{le="1"}')).toMatchObject([{ value: 3 }])
    expect(await query('histogram_quantile(0.5, took_seconds_bucket)')).toHaveLength(1)
    expect(await query('wait{quantile="1"}')).toMatchObject([{ value: 5 }])
    // A native histogram of 4: one of zero, two in (1, 2], one in (2, 4].
    expect(await query('histogram_count(size_bytes)')).toMatchObject([{ value: 4 }])
    expect(await query('histogram_sum(size_bytes)')).toMatchObject([{ value: 6 }])
    expect(await query('histogram_fraction(1, 2, size_bytes)')).toMatchObject([{ value: 0.5 }])
    expect(
      await query('http_requests_total * on (job, instance) group_left (hostile) target_info'),
    ).toMatchObject([{ labels: { hostile: HOSTILE }, value: 7 }])

    const path = 'query_exemplars?query=took_seconds_bucket&start=0&end=9999999999'
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
    const { data } = (await answer.json()) as Exemplars
    expect(data).toEqual([
      {
        seriesLabels: { __name__: 'took_seconds_bucket', le: '1', ...own },
        exemplars: [
          expect.objectContaining({
            labels: {
              trace_id: '0af7651916cd43dd8448eb211c80319c',
              span_id: 'b7ad6b7169203331',
            },
            value: '0.5',
          }),
        ],
      },
    ])
  }, 60_000)

  it('ends a series at once whose metric says that it has no value any more', async () => {
    const { port, query } = await startPrometheus('{}', ARGUMENTS)
    const at = (ms: number, flags = 0) => ({ timeNs: BigInt(Date.now() + ms) * 1_000_000n, flags })
    await write(port, [gauge('load', [numberPoint(1, {}, at(-2_000))])])
    expect(await query('load')).toHaveLength(1)
    await write(port, [gauge('load', [numberPoint(0, {}, at(-1_000, 1))])])
    expect(await query('load')).toEqual([])
  }, 60_000)

  it('refuses what is too old for it, which is dropped with its words', async () => {
    const { port } = await startPrometheus('{}', ARGUMENTS)
    const at = (ms: number) => ({ timeNs: BigInt(Date.now() + ms) * 1_000_000n })
    const first = await write(port, [gauge('load', [numberPoint(1, {}, at(-1_000))])])
    expect(first).toEqual({ counts: [1, 1, {}], logged: [] })
    const { counts, logged } = await write(port, [
      gauge('load', [numberPoint(1, {}, at(-90_000_000))]),
    ])
    expect(counts).toEqual([1, 0, { rejected: 1 }])
    expect(logged[0]).toContain('out of bounds')
  }, 60_000)
})
