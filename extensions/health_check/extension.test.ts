import { afterEach, expect, it } from 'vitest'
import { NO_HOST, type PipelineFacts } from '../../src/component/host.ts'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { ComponentState, ComponentStatus } from '../../src/component/status.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { makeCertificates } from '../../test/kit/certificates.ts'
import { healthCheckConfig } from './config.ts'
import { HealthCheckExtension } from './extension.ts'
import { healthCheck } from './index.ts'

lifecycleTest(healthCheck, { endpoint: '127.0.0.1:0' })
cleansUp()

const START = Date.parse('2026-01-01T00:00:00Z')

const traces: PipelineFacts = {
  id: 'traces',
  kind: 'traces',
  receivers: ['otlp'],
  processors: [],
  exporters: ['otlp_grpc'],
}

const running: HealthCheckExtension[] = []
afterEach(() => Promise.all(running.splice(0).map((one) => one.shutdown())))

/** An extension of a collector with one pipeline, and the time and states that the test decides. */
class Trial {
  now = START
  states: { receiver: ComponentState; exporter: ComponentState } = {
    receiver: 'ok',
    exporter: 'ok',
  }
  sinceMs = START
  readonly extension: HealthCheckExtension
  readonly logged: string[] = []
  #url = ''

  constructor(options: object = {}) {
    const settings = testSettings(healthCheck, { write: (line) => this.logged.push(line) })
    const host = {
      ...NO_HOST,
      statuses: () => this.#statuses(),
      pipelines: () => [traces],
      configuration: () => 'service:\n  extensions: [health_check]\n',
    }
    const config = healthCheckConfig.parse({ endpoint: '127.0.0.1:0', ...options })
    this.extension = new HealthCheckExtension({ ...settings, host }, config, () => this.now)
  }

  async start(): Promise<this> {
    running.push(this.extension)
    await this.extension.start()
    const { url } = JSON.parse(this.logged[0] as string) as { url: string }
    this.#url = url
    return this
  }

  get url(): string {
    return this.#url
  }

  /** The answer to a path: its status, and its body as JSON or as text. */
  async get(path: string): Promise<[number, unknown]> {
    const response = await fetch(new URL(path, this.#url))
    const body = await response.text()
    return [response.status, body.startsWith('{') ? JSON.parse(body) : body]
  }

  #statuses(): ComponentStatus[] {
    const { receiver, exporter } = this.states
    const since = { sinceMs: this.sinceMs, failures: 0, pipeline: '' }
    const error = exporter.endsWith('error') ? 'UNAVAILABLE: connection refused' : ''
    return [
      { role: 'extension', id: 'health_check', state: 'ok', error: '', ...since },
      { role: 'exporter', id: 'otlp_grpc', state: exporter, error, ...since },
      { role: 'receiver', id: 'otlp', state: receiver, error: '', ...since },
    ]
  }
}

const recovers = {
  component_health: { include_recoverable_errors: true, recovery_duration: '30s' },
}

it('answers 200 while all is well, on every path, in the form of the Collector', async () => {
  const trial = await new Trial().start()
  trial.now += 90_000
  const fine = {
    status: 'Server available',
    upSince: '2026-01-01T00:00:00.000Z',
    uptime: '1m30s',
    healthy: true,
    state: 'ok',
    failing: [],
  }
  expect(await trial.get('/')).toEqual([200, fine])
  expect(await trial.get('/healthz')).toEqual([200, fine])
  expect(trial.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
})

it('names the pipeline and the component that fail, why and since when, and is unhealthy after its time', async () => {
  const trial = await new Trial(recovers).start()
  trial.states.exporter = 'recoverable_error'
  trial.now += 29_000
  const failing = [
    {
      pipeline: 'traces',
      component: 'exporter/otlp_grpc',
      state: 'recoverable_error',
      error: 'UNAVAILABLE: connection refused',
      since: '2026-01-01T00:00:00.000Z',
      for_seconds: 29,
    },
  ]
  expect(await trial.get('/')).toMatchObject([
    200,
    { status: 'Server available', healthy: true, state: 'recoverable_error', failing },
  ])
  trial.now += 1_000
  expect(await trial.get('/')).toMatchObject([
    503,
    {
      status: 'Server not available',
      healthy: false,
      failing: [{ ...failing[0], for_seconds: 30 }],
    },
  ])
  trial.states.exporter = 'ok'
  expect(await trial.get('/')).toMatchObject([200, { healthy: true, failing: [] }])
})

it('shows every component where it is asked to', async () => {
  const trial = await new Trial(recovers).start()
  trial.states.exporter = 'recoverable_error'
  const since = '2026-01-01T00:00:00.000Z'
  const ok = { healthy: true, state: 'ok', since }
  const broken = {
    healthy: true,
    state: 'recoverable_error',
    error: 'UNAVAILABLE: connection refused',
    since,
  }
  const pipeline = { ...broken, components: { 'exporter/otlp_grpc': broken, 'receiver/otlp': ok } }
  expect(await trial.get('/?verbose')).toMatchObject([
    200,
    {
      pipelines: { traces: pipeline },
      extensions: { ...ok, components: { 'extension/health_check': ok } },
    },
  ])
  expect(await trial.get('/?pipeline=traces&verbose')).toEqual([
    200,
    { pipeline: 'traces', ...pipeline },
  ])
  expect(await trial.get('/?pipeline=traces')).toEqual([200, { pipeline: 'traces', ...broken }])
  expect(await trial.get('/?pipeline=logs')).toEqual([
    404,
    { error: 'there is no pipeline "logs"', known: ['traces'] },
  ])
})

it('is ready while its receivers run, and alive as long as it answers', async () => {
  const trial = await new Trial().start()
  const ready = async (state: ComponentState): Promise<unknown> => {
    trial.states.receiver = state
    return trial.get('/ready')
  }
  expect(await ready('ok')).toEqual([200, { ready: true }])
  expect(await ready('recoverable_error')).toEqual([200, { ready: true }])
  for (const state of ['none', 'starting', 'permanent_error', 'stopping', 'stopped'] as const) {
    expect(await ready(state)).toEqual([
      503,
      { ready: false, waiting_for: [`receiver/otlp ${state}`] },
    ])
  }
  expect(await trial.get('/')).toMatchObject([503, { state: 'stopped' }])
  expect(await trial.get('/live')).toEqual([200, { live: true }])
})

it('answers with the bodies that are given, on the path that is given', async () => {
  const trial = await new Trial({ path: '/health', response_body: { healthy: 'fine' } }).start()
  expect(await trial.get('/health')).toEqual([200, 'fine'])
  trial.states.receiver = 'stopping'
  expect(await trial.get('/health')).toMatchObject([503, { healthy: false }])
  expect(await trial.get('/')).toEqual([
    404,
    'The health is at /health, and there are /ready and /live.\n',
  ])
})

it("answers in the form of the Collector's second version", async () => {
  const http = { endpoint: '127.0.0.1:0', config: { enabled: true } }
  const trial = await new Trial({ use_v2: true, http, ...recovers }).start()
  trial.now += 60_000
  const time = '2026-01-01T00:00:00.000Z'
  const fine = { healthy: true, status: 'StatusOK', status_time: time }
  expect(await trial.get('/status')).toEqual([200, { start_time: time, ...fine }])
  trial.states.exporter = 'recoverable_error'
  const broken = {
    healthy: false,
    status: 'StatusRecoverableError',
    error: 'UNAVAILABLE: connection refused',
    status_time: time,
  }
  const components = { 'exporter:otlp_grpc': broken, 'receiver:otlp': fine }
  expect(await trial.get('/status?verbose')).toEqual([
    500,
    {
      start_time: time,
      ...broken,
      components: {
        extensions: { ...fine, components: { 'extension:health_check': fine } },
        'pipeline:traces': { ...broken, components },
      },
    },
  ])
  expect(await trial.get('/status?pipeline=traces&verbose')).toEqual([
    500,
    { start_time: time, ...broken, components },
  ])
  trial.states.receiver = 'starting'
  expect((await trial.get('/status'))[0]).toBe(503)
  expect(await trial.get('/config')).toEqual([200, { service: { extensions: ['health_check'] } }])
})

it('speaks TLS where it has a certificate', async () => {
  const { server } = await makeCertificates()
  const trial = await new Trial({
    tls: { cert_file: server.certFile, key_file: server.keyFile },
  }).start()
  expect(trial.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/$/)
  const { get } = await import('node:https')
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  get(trial.url, { rejectUnauthorized: false, agent: false }, (response) => {
    response.resume()
    resolve(response.statusCode)
  }).on('error', reject)
  expect(await promise).toBe(200)
})
