import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FakeClock, settingsOf } from '../../src/helpers/fixtures.ts'
import type { Metric, Metrics } from '../../src/pdata/metrics.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { prometheusSimpleConfig } from './config.ts'
import { PrometheusSimpleReceiver } from './receiver.ts'

cleansUp()

/** What a target answers: a page, or whatever a test does itself. */
type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void)

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const WALL_MS = 1_790_000_000_000

/** A target, and a receiver that scrapes it whenever the test says so. */
async function scraping(first: Answer, given: object = {}) {
  let answer = first
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    if (typeof answer !== 'string') return answer(request, response)
    const type = answer.endsWith('# EOF\n') ? OPEN_METRICS : 'text/plain; version=0.0.4'
    response.setHeader('content-type', type).end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd('target', () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { settings, logged } = settingsOf('prometheus_simple')
  const clock = new FakeClock()
  const config = prometheusSimpleConfig.parse({
    endpoint: `127.0.0.1:${port}`,
    initial_delay: '0s',
    timeout: '60s',
    ...given,
  })
  const wallMs = () => WALL_MS + clock.now()
  const receiver = new PrometheusSimpleReceiver(settings, config, clock, wallMs)
  const batches: Metrics[] = []
  receiver.batches$.subscribe((batch) => {
    batches.push(batch as Metrics)
    batch.delivery.settle({ kind: 'accepted' })
  })
  atEnd('receiver', () => receiver.shutdown())
  await receiver.start()
  /** The next batch. */
  const scrape = async (next?: Answer): Promise<Metrics> => {
    if (next !== undefined) answer = next
    const before = batches.length
    await clock.advance(before === 0 && clock.now() === 0 ? 1 : 10_000)
    await eventually(() => expect(batches.length).toBe(before + 1))
    return batches.at(-1) as Metrics
  }
  return { port, scrape, logged, requests, receiver, settings, clock }
}

const metricsIn = (batch: Metrics): Metric[] => batch.groups.flatMap(({ metrics }) => metrics)
const named = (batch: Metrics, name: string) =>
  metricsIn(batch).find((metric) => metric.name === name)
const pointsOf = (batch: Metrics, name: string) => named(batch, name)?.data.points
const valueOf = (batch: Metrics, name: string) =>
  (pointsOf(batch, name)?.[0] as { value?: unknown } | undefined)?.value
const ns = (ms: number) => BigInt(WALL_MS + ms) * 1_000_000n

describe('prometheus_simple', () => {
  it('makes metrics of every type of a page, and tells of whom', async () => {
    const { scrape, port, requests } = await scraping(`# HELP io_total Bytes.
# TYPE io_total counter
io_total{dev="sda"} 7
# TYPE load gauge
load 0.5 1700000000123
# TYPE took histogram
took_bucket{a="b",le="0.1"} 1
took_bucket{a="b",le="1"} 3
took_bucket{a="b",le="+Inf"} 4
took_sum{a="b"} 6.5
took_count{a="b"} 4
# TYPE wait summary
wait{quantile="0.5"} 0.25
wait{quantile="0.99"} NaN
wait_sum 8
wait_count 3
other NaN
`)
    const batch = await scrape()
    expect(batch.groups[0]?.resource.attributes).toEqual({
      'service.name': `prometheus_simple/127.0.0.1:${port}`,
      'service.instance.id': `127.0.0.1:${port}`,
      'server.port': String(port),
      'url.scheme': 'http',
    })
    const at = { startNs: 0n, timeNs: ns(0), exemplars: [] }
    const plain = { unit: '', description: '' }
    const type = (name: string) => ({ 'prometheus.type': name })
    expect(batch.groups[0]?.metrics).toEqual([
      {
        name: 'io_total',
        unit: '',
        description: 'Bytes.',
        metadata: type('counter'),
        data: {
          type: 'sum',
          temporality: 2,
          monotonic: true,
          points: [{ ...at, startNs: ns(0), attributes: { dev: 'sda' }, value: 7, isDouble: true }],
        },
      },
      {
        ...plain,
        name: 'load',
        metadata: type('gauge'),
        data: {
          type: 'gauge',
          points: [
            {
              ...at,
              timeNs: 1_700_000_000_123_000_000n,
              attributes: {},
              value: 0.5,
              isDouble: true,
            },
          ],
        },
      },
      {
        ...plain,
        name: 'took',
        metadata: type('histogram'),
        data: {
          type: 'histogram',
          temporality: 2,
          points: [
            {
              ...at,
              startNs: ns(0),
              attributes: { a: 'b' },
              count: 4,
              sum: 6.5,
              bounds: [0.1, 1],
              counts: [1, 2, 1],
            },
          ],
        },
      },
      {
        ...plain,
        name: 'wait',
        metadata: type('summary'),
        data: {
          type: 'summary',
          points: [
            {
              ...at,
              startNs: ns(0),
              attributes: {},
              count: 3,
              sum: 8,
              quantiles: [
                { quantile: 0.5, value: 0.25 },
                { quantile: 0.99, value: NaN },
              ],
            },
          ],
        },
      },
      {
        ...plain,
        name: 'other',
        metadata: type('unknown'),
        data: { type: 'gauge', points: [{ ...at, attributes: {}, value: NaN, isDouble: true }] },
      },
    ])
    expect(requests[0]?.url).toBe('/metrics')
    expect(requests[0]?.headers).toMatchObject({
      'accept-encoding': 'gzip',
      'user-agent': 'waggle/0.1.0',
      'x-prometheus-scrape-timeout-seconds': '60',
    })
  })

  it('tells how each scrape went', async () => {
    const { scrape } = await scraping('a 1\nb 2\n')
    const report = async (next?: Answer) => {
      const batch = await scrape(next)
      const names = ['up', 'samples_scraped', 'samples_post_metric_relabeling', 'series_added']
      return names.map((name) => valueOf(batch, name === 'up' ? name : `scrape_${name}`))
    }
    expect(await report()).toEqual([1, 2, 2, 2])
    expect(await report('a 1\nb 2\nc 3\n')).toEqual([1, 3, 3, 1])
    expect(await report('a 1\n')).toEqual([1, 1, 1, 0])
    expect(await report('a\n')).toEqual([0, 0, 0, 0])
    expect(valueOf(await scrape(), 'scrape_duration_seconds')).toBeGreaterThanOrEqual(0)
  })

  it('reads OpenMetrics: units, _created, exemplars, info and target_info', async () => {
    const { scrape } = await scraping(`# TYPE io counter
# UNIT io bytes
# HELP io All \\"of\\" it.
io_total{a="b"} 7 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331",user="u"} 3 1700000000.5
io_created{a="b"} 1600000000.25
# TYPE target info
target_info{job="x",k8s_pod_name="cart-1"} 1
# TYPE build info
build_info{version="1"} 1
# EOF
`)
    const batch = await scrape()
    expect(batch.groups[0]?.resource.attributes).toMatchObject({ k8s_pod_name: 'cart-1' })
    expect(batch.groups[0]?.resource.attributes).not.toHaveProperty('job')
    expect(named(batch, 'io_total')).toMatchObject({ unit: 'By', description: 'All "of" it.' })
    expect(pointsOf(batch, 'io_total')).toEqual([
      {
        attributes: { a: 'b' },
        value: 7,
        isDouble: true,
        startNs: 1_600_000_000_250_000_000n,
        timeNs: ns(0),
        exemplars: [
          {
            traceId: '0af7651916cd43dd8448eb211c80319c',
            spanId: 'b7ad6b7169203331',
            attributes: { user: 'u' },
            value: 3,
            isDouble: true,
            timeNs: 1_700_000_000_500_000_000n,
          },
        ],
      },
    ])
    expect(named(batch, 'build_info')?.data).toMatchObject({ type: 'sum', monotonic: false })
    expect(named(batch, 'target_info')).toBeUndefined()
  })

  it('counts since its first scrape, and anew since the last one before a count fell', async () => {
    const page = (n: number) => `# TYPE io_total counter\nio_total ${n}\n`
    const { scrape } = await scraping(page(5))
    const start = async (next?: Answer) => pointsOf(await scrape(next), 'io_total')?.[0]?.startNs
    expect(await start()).toBe(ns(0))
    expect(await start(page(9))).toBe(ns(0))
    expect(await start(page(2))).toBe(ns(10_000))
    expect(await start(page(3))).toBe(ns(10_000))
  })

  it('ends the series that a page no longer has, and all of them when there is no page', async () => {
    const { scrape } = await scraping('a{x="1"} 1\nb 2\n')
    await scrape()
    const gone = await scrape('b 2\n')
    expect(pointsOf(gone, 'a')).toMatchObject([{ attributes: { x: '1' }, flags: 1 }])
    expect(pointsOf(await scrape(), 'a')).toBeUndefined()
    const down = await scrape((_, response) => void response.writeHead(503).end('busy'))
    expect(pointsOf(down, 'b')).toMatchObject([{ flags: 1 }])
    expect(metricsIn(await scrape()).map(({ name }) => name)[0]).toBe('up')
    expect(pointsOf(await scrape('b 3\n'), 'b')).toMatchObject([{ value: 3 }])
  })

  it('puts the labels of the configuration on every series, and renames others of the name', async () => {
    const { scrape } = await scraping('a{cluster="own",job="j",x=""} 1\n', {
      labels: { cluster: 'eu' },
    })
    const batch = await scrape()
    expect(pointsOf(batch, 'a')?.[0]?.attributes).toEqual({
      cluster: 'eu',
      exported_cluster: 'own',
      exported_job: 'j',
    })
    expect(pointsOf(batch, 'up')?.[0]?.attributes).toEqual({ cluster: 'eu' })
  })

  it('takes the scope from the labels that name it', async () => {
    const { scrape } = await scraping(
      'a{otel_scope_name="app",otel_scope_version="2",otel_scope_short="x"} 1\nb 1\n',
    )
    const { groups } = await scrape()
    expect(groups.map(({ scope, metrics }) => [scope, metrics[0]?.name])).toEqual([
      [{ name: 'app', version: '2', attributes: { short: 'x' } }, 'a'],
      [{ name: 'waggle/prometheus_simple', version: '0.1.0' }, 'b'],
      [{ name: 'waggle/prometheus_simple', version: '0.1.0' }, 'up'],
    ])
  })

  it('counts what has no form in OTLP, is not whole or comes twice', async () => {
    const { scrape, logged } = await scraping(`# TYPE g gaugehistogram
g_bucket{le="+Inf"} 1
g_gcount 1
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="one"} 1
# TYPE twice gauge
twice 1
twice 2
`)
    const batch = await scrape()
    expect(valueOf(batch, 'twice')).toBe(1)
    expect([named(batch, 'g'), named(batch, 'h')]).toEqual([undefined, undefined])
    expect(logged).toEqual([
      'error Some metrics cannot be read. scraper=prometheus_simple reason="4 data points have no form in OTLP, are not whole, or came twice"',
    ])
  })

  it.each<[string, Answer, object, string]>([
    ['no page', 'a 1\nb{x} 1\n', {}, 'line 2, column 4: expected \\"=\\", found \\"} 1\\"'],
    [
      'a status',
      (_, response) => void response.writeHead(404).end('not\nhere'),
      {},
      'HTTP 404: not here',
    ],
    [
      'too many samples',
      'a 1\nb 2\nc 3\n',
      { sample_limit: 2 },
      'more than 2 samples (sample_limit)',
    ],
    [
      'too many bytes',
      'a 1\n'.repeat(5_000),
      { body_size_limit_mib: 0.01 },
      'answer of more than 10485.76 bytes',
    ],
    [
      'too many bytes in few',
      (_, response) => {
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(1_000_000)))
      },
      { body_size_limit_mib: 0.5 },
      'answer of more than 524288 bytes',
    ],
    [
      'no gzip',
      (_, response) => void response.setHeader('content-encoding', 'gzip').end('a 1\n'),
      {},
      'read the gzip of the answer: incorrect header check',
    ],
    ['silence', () => {}, { timeout: '20ms' }, 'no answer within 20 ms'],
    ['a hang-up', ({ socket }) => void socket.destroy(), {}, 'socket hang up'],
  ])('tells of %s where a page should be', async (_, answer, given, message) => {
    const { scrape, logged } = await scraping(answer, given)
    expect(valueOf(await scrape(), 'up')).toBe(0)
    expect(logged[0]).toMatch(/^error Some metrics cannot be read. .*\/metrics: /)
    expect(logged[0]).toContain(message)
  })

  it('reads a page in gzip', async () => {
    const { scrape } = await scraping((_, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync('a 7\n'))
    })
    expect(valueOf(await scrape(), 'a')).toBe(7)
  })

  it('scrapes its targets beside each other, so that one that is silent holds up none', async () => {
    const other = await scraping('b 1\n')
    const silent: Answer = () => {}
    const { scrape, port } = await scraping(silent, {
      timeout: '50ms',
      targets: [{ endpoint: `127.0.0.1:${other.port}`, job_name: 'other', labels: { x: 'y' } }],
    })
    const batch = await scrape()
    const ups = batch.groups.flatMap(({ resource, metrics }) =>
      metrics
        .filter(({ name }) => name === 'up')
        .map(({ data }) => [resource.attributes['service.name'], data.points[0]]),
    )
    expect(ups).toEqual([
      [`prometheus_simple/127.0.0.1:${port}`, expect.objectContaining({ value: 0 })],
      ['other', expect.objectContaining({ value: 1, attributes: { x: 'y' } })],
    ])
  })

  it('ends while a target is silent', async () => {
    const { receiver, requests, settings, clock } = await scraping(() => {})
    await clock.advance(1)
    await eventually(() => expect(requests.length).toBe(1))
    await receiver.shutdown()
    expect(settings.counters.held).toBe(0)
  })
})
