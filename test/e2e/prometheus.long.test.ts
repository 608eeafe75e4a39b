import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { prometheusConfig } from '../../exporters/prometheus/config.ts'
import { PrometheusExporter } from '../../exporters/prometheus/exporter.ts'
import { settingsOf } from '../../src/helpers/fixtures.ts'
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
} from '../../src/pdata/metrics_for_tests.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { atEnd } from '../kit/cleanup.ts'
import { type Unpacked, unpack } from '../kit/debian.ts'
import { cleansUp, eventually, tempDir } from '../kit/fixtures.ts'
import { freePort, run, start } from '../kit/processes.ts'

cleansUp()

const HOSTILE = 'back\\slash "quote"\nnewline\r\t\u2028 ünïcode 🐝'
const cart = new Resource({
  'service.name': 'cart',
  'service.namespace': 'shop',
  'service.instance.id': 'shop.cart-1.app',
  'k8s.pod.name': 'cart-1',
  hostile: HOSTILE,
})

/** One of each sort of metric, with values as of now, so that a server takes them. */
function everything() {
  const timeNs = BigInt(Date.now()) * 1_000_000n
  const now = { timeNs, startNs: timeNs - 60_000_000_000n }
  const exemplars = [exemplarOf(0.4, { timeNs, attributes: { user: 'a' } })]
  const number = (value: number, attributes = {}) => numberPoint(value, attributes, now)
  return metricsOf(
    [
      counter('http.requests', [number(7, { code: 200 }), number(1, { code: 500, HOSTILE })], {
        description: `Requests. ${HOSTILE}`,
        unit: '{request}',
      }),
      counter('io', [number(2 ** 60)], { unit: 'By', description: 'Bytes.' }),
      gauge('utilization', [number(0.25)], { unit: '1', description: 'Share.' }),
      gauge(
        'odd',
        [NaN, Infinity, -Infinity, -0, 5e-324].map((v, i) => number(v, { i })),
        {
          description: 'Values that are not many.',
        },
      ),
      histogram('http.server.request.duration', [histogramPoint({ ...now, exemplars })], {
        unit: 's',
        description: 'Durations.',
      }),
      exponentialHistogram('http.server.request.body.size', [exponentialPoint(now)], {
        unit: 'By',
        description: 'Sizes.',
      }),
    ],
    cart,
    { name: HOSTILE, version: '1' },
  )
}

async function startExporter(given: object = {}): Promise<string> {
  const { settings, logged } = settingsOf('prometheus')
  const config = prometheusConfig.parse({ endpoint: '127.0.0.1:0', ...given })
  const exporter = new PrometheusExporter(settings, config)
  atEnd('exporter', () => exporter.shutdown())
  await exporter.start()
  await exporter.export(everything())
  return logged[0]!.split('url=')[1]!
}

describe("Prometheus' own programs", () => {
  let prometheus: Unpacked
  beforeAll(async () => {
    prometheus = await unpack('prometheus')
  })

  it.each([{}, { send_timestamps: true }, { namespace: 'node', const_labels: { zone: 'a' } }])(
    'find nothing to improve in the text format with %o',
    async (given) => {
      const page = await (await fetch(await startExporter(given))).text()
      expect(page.split('\n').length).toBeGreaterThan(30)
      const { stdout, stderr } = await run(prometheus.program('promtool'), ['check', 'metrics'], {
        input: page,
        env: prometheus.env,
      })
      expect([stdout, stderr]).toEqual(['', ''])
    },
  )

  it.each([false, true])('scrape all of it, with OpenMetrics %s', async (enable_open_metrics) => {
    const url = await startExporter({ enable_open_metrics })
    const ask = await startPrometheus(prometheus, new URL(url).host)
    const labels = { job: 'shop/cart', instance: 'shop.cart-1.app', otel_scope_name: HOSTILE }
    const query = async (text: string) => {
      const result = (await ask(`query?query=${encodeURIComponent(text)}`)) as {
        result: { metric: Record<string, string>; value: [number, string] }[]
      }
      return result.result
    }
    await eventually(async () => expect(await query('http_requests_total')).toHaveLength(2), {
      timeoutMs: 20_000,
    })
    expect(await query('http_requests_total{code="500"}')).toMatchObject([
      { metric: { ...labels, HOSTILE }, value: [expect.anything(), '1'] },
    ])
    expect(await query('target_info')).toMatchObject([
      { metric: { k8s_pod_name: 'cart-1', hostile: HOSTILE }, value: [expect.anything(), '1'] },
    ])
    const value = async (text: string) => (await query(text))[0]?.value[1]
    expect(await value('io_bytes_total')).toBe(String(2 ** 60))
    expect(await value('utilization_ratio')).toBe('0.25')
    expect(await value('sum(http_server_request_duration_seconds_bucket{le=~"1|1.0"})')).toBe('3')
    expect(await value('http_server_request_duration_seconds_sum')).toBe('6.05')
    expect(await value('count(http_server_request_body_size_bytes_bucket)')).toBe('5')
    expect(await value('count(odd)')).toBe('5')
    expect(await value('sum(scrape_samples_scraped)')).toBe('22')
    await expectMetadata(ask, enable_open_metrics)
    await expectExemplars(ask, enable_open_metrics)
  })
})

type Ask = (path: string) => Promise<unknown>

/** Starts a server that scrapes `target`; returns what asks its API. */
async function startPrometheus({ program, env }: Unpacked, target: string): Promise<Ask> {
  const folder = tempDir('prometheus')
  const file = join(folder, 'prometheus.yml')
  writeFileSync(
    file,
    `global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: waggle, honor_labels: true, static_configs: [{ targets: ['${target}'] }] }
`,
  )
  const listen = `127.0.0.1:${await freePort()}`
  await start(
    program('prometheus'),
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${listen}`,
      '--enable-feature=exemplar-storage',
    ],
    { env },
  )
  return async (path) => {
    const response = await fetch(`http://${listen}/api/v1/${path}`)
    const { data } = (await response.json()) as { data: unknown }
    return data
  }
}

async function expectMetadata(ask: Ask, openMetrics: boolean): Promise<void> {
  const all = (await ask('targets/metadata')) as Record<string, string>[]
  const of = (name: string) => all.find(({ metric }) => metric === name)
  expect(of('http_server_request_duration_seconds')).toMatchObject({
    type: 'histogram',
    help: 'Durations.',
    unit: openMetrics ? 'seconds' : '',
  })
  expect(of(openMetrics ? 'http_requests' : 'http_requests_total')).toMatchObject({
    type: 'counter',
    help: `Requests. ${HOSTILE}`,
  })
  expect(of(openMetrics ? 'target' : 'target_info')?.type).toBe(openMetrics ? 'info' : 'gauge')
}

async function expectExemplars(ask: Ask, openMetrics: boolean): Promise<void> {
  const window = `start=${Date.now() / 1_000 - 300}&end=${Date.now() / 1_000 + 60}`
  const query = 'query=http_server_request_duration_seconds_bucket'
  const found = (await ask(`query_exemplars?${query}&${window}`)) as {
    exemplars: { labels: object; value: string }[]
  }[]
  const { traceId, spanId } = exemplarOf(0)
  const labels = { trace_id: traceId, span_id: spanId, user: 'a' }
  const exemplars = found.flatMap((one) => one.exemplars)
  expect(exemplars).toMatchObject(openMetrics ? [{ labels, value: '0.4' }] : [])
}
