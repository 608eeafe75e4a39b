import { afterEach, expect, it } from 'vitest'
import type { Host } from '../../src/component/host.ts'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { ComponentStatus } from '../../src/component/status.ts'
import { Counters } from '../../src/telemetry/counters.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { MetricRegistry } from '../../src/telemetry/metric_registry.ts'
import { RecentLog } from '../../src/telemetry/recent_log.ts'
import { zpagesConfig } from './config.ts'
import { ZpagesExtension } from './extension.ts'
import { zpages } from './index.ts'

lifecycleTest(zpages, { endpoint: '127.0.0.1:0' })

const SINCE = Date.parse('2026-01-01T00:00:00Z')
const since = '2026-01-01T00:00:00.000Z'

let extension: ZpagesExtension | undefined
afterEach(() => extension?.shutdown())

function status(name: string, more: Partial<ComponentStatus> = {}): ComponentStatus {
  const [role, ...id] = name.split('/') as [ComponentStatus['role'], ...string[]]
  const fine = { state: 'ok', error: '', sinceMs: SINCE, failures: 0, pipeline: '' } as const
  return { role, id: id.join('/'), ...fine, ...more }
}

/** A collector with a pipeline that counts into another, and an exporter that fails. */
function hostOf(): Host {
  const counters = new Counters()
  const count = (name: string, seen: number, out: number, pipeline = ''): void => {
    counters.of(name, pipeline).countIn(seen)
    counters.of(name, pipeline).countOut(out)
  }
  count('receiver/otlp', 10, 7)
  counters.of('receiver/otlp').drop('queue_full', 3)
  count('processor/batch', 9, 9, 'traces')
  count('processor/batch', 5, 4, 'metrics')
  count('connector/counts', 9, 9)
  counters.of('connector/counts').countMade(2)
  count('exporter/otlp_grpc', 5, 1)
  counters.of('exporter/otlp_grpc').refuse('queue_full', 3)
  const registry = new MetricRegistry('normal')
  const meter = registry.meter({ exporter: 'otlp_grpc' })
  const facts = { description: '', unit: '{batch}' }
  for (const [name, value] of [
    ['size', 4],
    ['capacity', 1_000],
  ] as const) {
    meter.gauge({ ...facts, name: `otelcol_exporter_queue_${name}` }, (observe) =>
      observe(value, { data_type: 'traces' }),
    )
  }
  const recent = new RecentLog()
  const log = createLogger({ out: { write: () => {} }, recent })
  log.warn({ component: 'exporter/x', answer: '<b>&"' }, 'First.')
  log.error('Second.')
  const ids = { receivers: ['otlp'], processors: ['batch'], exporters: ['otlp_grpc', 'counts'] }
  return {
    extension: () => undefined,
    statuses: () => [
      status('extension/zpages'),
      status('exporter/otlp_grpc', { state: 'recoverable_error', error: '<script>x</script>' }),
      status('connector/counts'),
      status('processor/batch', { pipeline: 'traces' }),
      status('processor/batch', { pipeline: 'metrics', state: 'starting' }),
      status('receiver/otlp'),
    ],
    pipelines: () => [
      { id: 'traces', kind: 'traces', ...ids },
      { id: 'metrics', kind: 'metrics', ...ids, receivers: ['counts'], exporters: ['otlp_grpc'] },
    ],
    configuration: () => 'exporters:\n  otlp_grpc:\n    headers:\n      key: "[REDACTED]"\n',
    telemetry: {
      counters: () => counters.all(),
      metrics: () => registry.collect().metrics,
      problems: () => recent.entries,
    },
    features: () => [
      { id: 'some.gate', enabled: true, stage: 'beta', description: 'Something & more.' },
    ],
  }
}

interface Answer {
  readonly status: number
  readonly type: string | null
  readonly policy: string | null
  readonly body: string
}

async function get(path: string, options: object = {}): Promise<Answer> {
  const lines: string[] = []
  const settings = testSettings(zpages, { write: (line) => lines.push(line) })
  extension = new ZpagesExtension(
    { ...settings, host: hostOf() },
    zpagesConfig.parse({ endpoint: '127.0.0.1:0', ...options }),
  )
  await extension.start()
  const { url } = JSON.parse(lines[0] as string) as { url: string }
  const response = await fetch(new URL(path, url))
  const { status, headers } = response
  const body = await response.text()
  await extension.shutdown()
  const policy = headers.get('content-security-policy')
  return { status, type: headers.get('content-type'), policy, body }
}

async function dataOf(path: string, options: object = {}): Promise<unknown> {
  const { status, type, body } = await get(`${path}?format=json`, options)
  expect([status, type]).toEqual([200, 'application/json; charset=utf-8'])
  return JSON.parse(body)
}

it('shows the components of each pipeline in their order, with what went through them', async () => {
  const fine = { state: 'ok', error: '', since, held: 0, dropped: {}, refused: {}, queues: [] }
  const exporter = {
    ...fine,
    role: 'exporter',
    id: 'otlp_grpc',
    state: 'recoverable_error',
    error: '<script>x</script>',
    in: 5,
    out: 1,
    held: 4,
    refused: { queue_full: 3 },
    queues: [{ kind: 'traces', size: 4, capacity: 1_000 }],
  }
  const counts = { ...fine, role: 'connector', id: 'counts', in: 9, out: 9, made: 2 }
  const batch = { ...fine, role: 'processor', id: 'batch' }
  const receiver = { ...fine, role: 'receiver', id: 'otlp' }
  expect(await dataOf('/debug/pipelinez')).toEqual([
    {
      pipeline: 'traces',
      components: [
        { ...receiver, in: 10, out: 7, dropped: { queue_full: 3 } },
        { ...batch, in: 9, out: 9 },
        exporter,
        counts,
      ],
    },
    {
      pipeline: 'metrics',
      components: [counts, { ...batch, state: 'starting', in: 5, out: 4, held: 1 }, exporter],
    },
  ])
})

it('is a page that loads nothing, runs nothing, and escapes what comes from elsewhere', async () => {
  const { status, type, policy, body } = await get('/debug/pipelinez')
  expect([status, type]).toEqual([200, 'text/html; charset=utf-8'])
  expect(policy).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/)
  expect(body).toContain(
    '<tr><td>exporter</td><td>otlp_grpc</td><td>recoverable_error: &lt;script&gt;x&lt;/script&gt;</td>',
  )
  expect(body).toContain('<td>traces 4 of 1000</td>')
  expect(body).toContain('<td>9, made 2</td>')
  expect(body).not.toMatch(/<script|<link|<img|src=/)
})

it('lists the pages, and each has links to all', async () => {
  const pages = (await dataOf('/')) as { path: string; summary: string }[]
  expect(pages.map(({ path }) => path)).toEqual([
    '/debug/servicez',
    '/debug/pipelinez',
    '/debug/extensionz',
    '/debug/featurez',
    '/debug/configz',
    '/debug/errorz',
    '/debug/tracez',
  ])
  for (const { path, summary } of pages) {
    expect(summary).toMatch(/^[A-Z].*\.$/)
    const { status, body } = await get(path)
    expect(status).toBe(200)
    for (const other of pages) expect(body).toContain(`<a href="${other.path}">`)
  }
  expect((await get('/debug/')).body).toContain('<a href="/debug/tracez">/debug/tracez</a>')
  expect(await get('/debug/rpcz')).toMatchObject({
    status: 404,
    body: 'There is no such page. The list is at /debug.\n',
  })
})

it('shows the agent, its extensions and its features', async () => {
  expect(await dataOf('/debug/servicez')).toMatchObject({
    version: '0.0.0-test',
    pid: process.pid,
    pipelines: 2,
    components: 6,
  })
  expect(await dataOf('/debug/extensionz')).toEqual([
    { id: 'zpages', state: 'ok', error: '', since },
  ])
  expect(await dataOf('/debug/featurez')).toEqual([
    { id: 'some.gate', enabled: true, stage: 'beta', description: 'Something & more.' },
  ])
  expect((await get('/debug/featurez')).body).toContain('<td>Something &amp; more.</td>')
})

it('shows the configuration that runs', async () => {
  expect(await dataOf('/debug/configz')).toEqual({
    exporters: { otlp_grpc: { headers: { key: '[REDACTED]' } } },
  })
  expect((await get('/debug/configz')).body).toContain('key: &quot;[REDACTED]&quot;')
})

it('shows the latest warnings and errors, the newest first', async () => {
  expect(await dataOf('/debug/errorz')).toMatchObject([
    { level: 'error', component: '', message: 'Second.', fields: {} },
    { level: 'warn', component: 'exporter/x', message: 'First.', fields: { answer: '<b>&"' } },
  ])
  expect((await get('/debug/errorz')).body).toContain(
    '<td>{&quot;answer&quot;:&quot;&lt;b&gt;&amp;\\&quot;&quot;}</td>',
  )
})

it('says that it has no spans rather than to show none', async () => {
  const { body } = await get('/debug/tracez')
  expect(body).toContain('The agent makes no spans of itself')
})

it('shows the figures of the runtime only where that is asked for', async () => {
  expect((await get('/debug/expvarz')).status).toBe(404)
  expect(await dataOf('/debug/expvarz', { expvar: { enabled: true } })).toMatchObject({
    memory: { rss: expect.any(Number) as number },
  })
})
