import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { compileGo } from '../kit/compile.ts'
import { cleansUp, isRoot, kernelHas, tempDir } from '../kit/fixtures.ts'
import { decodeJsonRequest, points, spans } from '../kit/otlp.ts'
import type { HistogramDataPoint, PointView, SpanView } from '../kit/otlp.ts'
import { freePort, type Program, start } from '../kit/processes.ts'
import { isRunning, startTimeOf } from '../kit/proc.ts'
import { startPython } from '../kit/servers.ts'

cleansUp()

const programs = join(import.meta.dirname, '..', 'kit', 'programs')

const languages: Record<string, (port: string) => Promise<Program>> = {
  Node: (port) => start(process.execPath, [join(programs, 'orders.mjs'), port]),
  Go: async (port) => start(await compileGo(join(programs, 'orders.go')), [port]),
  Python: (port) => startPython('orders.py', [port]),
}

interface Service {
  readonly language: string
  readonly port: number
  readonly pid: number
  readonly began: string
}

async function serve(language: string): Promise<Service> {
  const port = await freePort()
  const program = await languages[language]!(String(port))
  await program.waitForPort(port)
  return { language, port, pid: program.pid, began: startTimeOf(program.pid) as string }
}

/** What is asked of each service: how many of which requests. */
async function load({ port }: Service): Promise<void> {
  const client = keepAliveClient(`http://127.0.0.1:${port}`)
  const times = async (count: number, send: (i: number) => Promise<unknown>): Promise<void> => {
    for (let i = 0; i < count; i++) await send(i)
  }
  await times(20, (i) => client.send(`/orders/${1000 + i}`))
  await times(4, () => client.send('/orders', { method: 'POST', body: '{"item":17}' }))
  await times(5, () => client.send('/fail'))
  await times(3, () => client.send('/missing?token=secret'))
  await times(3, () => client.send('/slow'))
  client.close()
}

const common = { 'url.scheme': 'http', 'network.protocol.version': '1.1' }
const get = { ...common, 'http.request.method': 'GET' }

/** The series of a service, and of each how many requests and how many bytes it counts. */
const EXPECTED = [
  [{ ...get, 'http.route': '/orders/*', 'http.response.status_code': 200 }, 20, 0, 2000],
  [
    {
      ...common,
      'http.request.method': 'POST',
      'http.route': '/orders',
      'http.response.status_code': 201,
    },
    4,
    44,
    28,
  ],
  [
    { ...get, 'http.route': '/fail', 'http.response.status_code': 500, 'error.type': '500' },
    5,
    0,
    30,
  ],
  [{ ...get, 'http.route': '/**', 'http.response.status_code': 404 }, 3, 0, 21],
  [{ ...get, 'http.route': '/slow', 'http.response.status_code': 200 }, 3, 0, 12],
] as const

const histogram = ({ point }: PointView): HistogramDataPoint => point as HistogramDataPoint

/** The data points of a process with a name, by the order of the expected ones. */
function seriesOf(all: readonly PointView[], pid: number, metric: string): PointView[] {
  const own = all.filter((one) => one.resource['process.pid'] === pid && one.metric === metric)
  const place = ({ attributes }: PointView) =>
    EXPECTED.findIndex(([{ 'http.route': route }]) => route === attributes['http.route'])
  return own.toSorted((a, b) => place(a) - place(b))
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('the metrics of HTTP services', () => {
  const services: Service[] = []
  let flushes: PointView[][] = []
  let last: PointView[] = []
  let seen: SpanView[] = []
  let totals = ''

  beforeAll(async () => {
    services.push(...(await Promise.all(Object.keys(languages).map(serve))))
    const folder = tempDir('red')
    const agent = await startAgent(`
receivers: { ebpf_http: }
processors: { protocol_inference: }
connectors: { request_metrics: { metrics_flush_interval: 200ms } }
exporters:
  file: { path: ${folder}/metrics.jsonl, flush_interval: 50ms }
  file/spans: { path: ${folder}/spans.jsonl, flush_interval: 50ms }
service:
  pipelines:
    traces:
      receivers: [ebpf_http]
      processors: [protocol_inference]
      exporters: [request_metrics, file/spans]
    metrics:
      receivers: [request_metrics]
      exporters: [file]
`)
    await Promise.all(services.map(load))
    ;({ totals } = await agent.stop())
    const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
    flushes = lines('metrics.jsonl').map((line) => points(decodeJsonRequest('metrics', line)))
    last = flushes.at(-1) as PointView[]
    seen = lines('spans.jsonl').flatMap((line) => spans(decodeJsonRequest('traces', line)))
  }, 600_000)

  it.each(Object.keys(languages))(
    '[0.3] [2.8] are the same for a service in %s that was running before, unchanged: its sockets tell',
    (language) => {
      const { pid, began } = services.find((service) => service.language === language)!
      const durations = seriesOf(last, pid, 'http.server.request.duration')
      expect(durations.map(({ attributes, value }) => [attributes, value])).toEqual(
        EXPECTED.map(([attributes, requests]) => [attributes, requests]),
      )
      for (const [metric, column] of [
        ['http.server.request.body.size', 2],
        ['http.server.response.body.size', 3],
      ] as const) {
        const sizes = seriesOf(last, pid, metric)
        expect(sizes.map((one) => [metric, one.attributes, one.value, histogram(one).sum])).toEqual(
          EXPECTED.map((row) => [metric, row[0], row[1], row[column]]),
        )
      }
      const slow = histogram(durations.at(-1)!)
      expect(slow.min).toBeGreaterThan(0.11)
      expect(slow.max).toBeLessThan(2)
      expect(isRunning(pid, began)).toBe(true)
    },
  )

  it.each(Object.keys(languages))('are told by the client of a service in %s too', (language) => {
    const { port } = services.find((service) => service.language === language)!
    const calls = last.filter(
      ({ metric, attributes }) =>
        metric === 'http.client.request.duration' && attributes['server.port'] === port,
    )
    const asked = {
      'network.protocol.version': '1.1',
      'server.address': '127.0.0.1',
      'server.port': port,
    }
    const rows = calls.map(({ attributes, value }) => [attributes, value])
    expect(new Set(rows)).toEqual(
      new Set([
        [{ ...asked, 'http.request.method': 'GET', 'http.response.status_code': 200 }, 23],
        [{ ...asked, 'http.request.method': 'POST', 'http.response.status_code': 201 }, 4],
        [
          {
            ...asked,
            'http.request.method': 'GET',
            'http.response.status_code': 404,
            'error.type': '404',
          },
          3,
        ],
        [
          {
            ...asked,
            'http.request.method': 'GET',
            'http.response.status_code': 500,
            'error.type': '500',
          },
          5,
        ],
      ]),
    )
  })

  it('name spans that are there, and took as long as it says', () => {
    const { pid } = services[0]!
    const exemplars = flushes
      .flatMap((flush) => seriesOf(flush, pid, 'http.server.request.duration'))
      .filter(({ attributes }) => attributes['http.route'] === '/slow')
      .flatMap((point) => histogram(point).exemplars)
    expect(exemplars.length).toBeGreaterThan(0)
    for (const { traceId, spanId, asDouble } of exemplars) {
      const span = seen.find((one) => one.traceId === traceId && one.spanId === spanId)
      expect(span?.attributes['url.path']).toBe('/slow')
      expect(Number(span!.endNs - span!.startNs) / 1e9).toBeCloseTo(asDouble as number, 9)
    }
  })

  it('say nothing of what was in queries', () => {
    const all = JSON.stringify(flushes, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    expect(all).not.toContain('secret')
  })

  it('are counted apart from the spans that they are made of', () => {
    const row = /connector\/request_metrics\s+([\d,]+)\s+([\d,]+)\s+0, made ([\d,]+)\n/.exec(totals)
    expect(row, totals).not.toBeNull()
    const [taken, counted, made] = row!.slice(1).map((text) => Number(text.replaceAll(',', '')))
    expect(taken).toBeGreaterThanOrEqual(35 * 2 * Object.keys(languages).length)
    expect(counted).toBe(taken)
    expect(made).toBeGreaterThan(0)
  })
})
