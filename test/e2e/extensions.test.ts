import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { cleansUp, eventually } from '../kit/fixtures.ts'
import { type OtlpSink, startOtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'

cleansUp()

/** One span as a request of OTLP/HTTP. */
const SPAN = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'test' },
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 'GET',
              kind: 2,
              startTimeUnixNano: '1790000000000000000',
              endTimeUnixNano: '1790000000000500000',
            },
          ],
        },
      ],
    },
  ],
})

/** An agent with a receiver of the network, the two extensions, and an exporter to the sink. */
interface Gateway {
  readonly agent: Agent
  /** Where the health and the pages are. */
  readonly health: string
  readonly pages: string
  /** Sends one span; resolves with the answer. */
  readonly send: () => Promise<Response>
}

async function startGateway(
  sink: OtlpSink,
  { processors = '', telemetry = '{ metrics: { level: normal, endpoint: "127.0.0.1:0" } }' } = {},
): Promise<Gateway> {
  const port = await freePort()
  const agent = await startAgent(`
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${port}' } } } }
processors: { memory_limiter: { check_interval: 100ms, ${processors || 'limit_mib: 4000'} } }
exporters:
  otlp_grpc:
    endpoint: ${sink.endpoint}
    tls: { insecure: true }
    headers: { authorization: Bearer hush }
    retry_on_failure: { initial_interval: 100ms, max_interval: 200ms }
extensions:
  health_check:
    endpoint: 127.0.0.1:0
    component_health: { include_recoverable_errors: true, recovery_duration: 300ms }
  zpages: { endpoint: '127.0.0.1:0' }
service:
  extensions: [health_check, zpages]
  telemetry: ${telemetry}
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter], exporters: [otlp_grpc] }
`)
  const [, health] = await agent.program.waitForOutput(/Serving health\.(?:.*) url=(\S+)/)
  const [, pages] = await agent.program.waitForOutput(/Serving zPages\.(?:.*) url=(\S+)\/servicez/)
  const headers = { 'content-type': 'application/json' }
  const send = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body: SPAN })
  return { agent, health: health as string, pages: pages as string, send }
}

async function answerOf(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url)
  return { status: response.status, body: await response.json() }
}

describe('health_check and zpages', () => {
  let sink: OtlpSink
  let gateway: Gateway
  beforeAll(async () => {
    sink = await startOtlpSink()
    gateway = await startGateway(sink)
  })

  it('say that a backend is away, which pipeline and exporter that is, and that it is back', async () => {
    const { health, send } = gateway
    expect((await send()).status).toBe(200)
    await eventually(() => expect(sink.spans()).toHaveLength(1))
    expect(await answerOf(health)).toMatchObject({ status: 200, body: { failing: [] } })
    expect((await answerOf(`${health}ready`)).status).toBe(200)

    await sink.refuse()
    await send()
    const failing = {
      pipeline: 'traces',
      component: 'exporter/otlp_grpc',
      state: 'recoverable_error',
      error: expect.stringMatching(/UNAVAILABLE/) as string,
    }
    await eventually(async () => {
      expect(await answerOf(health)).toMatchObject({
        status: 503,
        body: { status: 'Server not available', healthy: false, failing: [failing] },
      })
    })
    // It takes data in all the same: that is what its queue is for.
    expect(await answerOf(`${health}ready`)).toEqual({ status: 200, body: { ready: true } })
    expect((await answerOf(`${health}live`)).status).toBe(200)

    await sink.accept()
    await eventually(async () => {
      expect(await answerOf(health)).toMatchObject({ status: 200, body: { failing: [] } })
    })
    await eventually(() => expect(sink.spans()).toHaveLength(2))
  })

  it('show what went through each component, and what went wrong', async () => {
    const { pages } = gateway
    const pipelines = await answerOf(`${pages}/pipelinez?format=json`)
    expect(pipelines.body).toMatchObject([
      {
        pipeline: 'traces',
        components: [
          { role: 'receiver', id: 'otlp', state: 'ok', in: 2, out: 2, dropped: {} },
          { role: 'processor', id: 'memory_limiter', state: 'ok', in: 2, out: 2 },
          {
            role: 'exporter',
            id: 'otlp_grpc',
            in: 2,
            out: 2,
            queues: [{ kind: 'traces', size: 0, capacity: 1000 }],
          },
        ],
      },
    ])
    const problems = (await answerOf(`${pages}/errorz?format=json`)).body as object[]
    expect(problems).toContainEqual(
      expect.objectContaining({ level: 'warn', component: 'exporter/otlp_grpc' }),
    )
  })

  it('show the configuration that runs without its secrets, and the features', async () => {
    const { pages } = gateway
    const { body } = await answerOf(`${pages}/configz?format=json`)
    expect(body).toMatchObject({
      exporters: { otlp_grpc: { headers: { authorization: '[REDACTED]' } } },
      extensions: { zpages: { expvar: { enabled: false } } },
    })
    const text = await (await fetch(`${pages}/configz`)).text()
    expect(text).not.toContain('hush')
    const features = (await answerOf(`${pages}/featurez?format=json`)).body as object[]
    expect(features.length).toBeGreaterThan(0)
  })

  it('are there until the last component has ended, and say that it ends', async () => {
    const { health, pages, agent, send } = gateway
    sink.answerWith({ kind: 'ok', delayMs: 1_500 })
    await send()
    agent.program.signal('SIGTERM')
    await eventually(async () => {
      const { status, body } = await answerOf(`${health}ready`)
      expect([status, body]).toEqual([503, expect.objectContaining({ ready: false })])
    })
    expect(await answerOf(health)).toMatchObject({ status: 503, body: { healthy: false } })
    expect((await fetch(`${pages}/pipelinez`)).status).toBe(200)
    expect(await agent.program.exited).toEqual({ code: 0, signal: null })
  })
})

describe('memory_limiter', () => {
  it('holds back clients of the network while there is too little memory', async () => {
    const sink = await startOtlpSink()
    const gateway = await startGateway(sink, { processors: 'limit_mib: 30, spike_limit_mib: 5' })
    await gateway.agent.program.waitForOutput(/Memory usage is above soft limit\. Refusing data\./)
    const response = await gateway.send()
    expect(response.status).toBe(429)
    expect(await answerOf(gateway.health)).toMatchObject({
      body: { failing: [{ component: 'processor/memory_limiter' }] },
    })
    const { totals } = await gateway.agent.stop()
    expect(totals).toMatch(/processor\/memory_limiter in traces +1 +0 +1 \(memory_limit 1\)/)
    expect(sink.spans()).toEqual([])
  })
})

describe("the agent's own metrics", () => {
  it('are sent over OTLP with the resource that is configured, and once more at the end', async () => {
    const sink = await startOtlpSink()
    const own = await startOtlpSink()
    const telemetry = `
    resource: { rack: r1, service.instance.id: null }
    metrics:
      readers:
        - periodic:
            interval: 200
            timeout: 200
            exporter: { otlp: { protocol: grpc, endpoint: '${own.endpoint}', insecure: true, headers: { x-key: k1 } } }
`
    const gateway = await startGateway(sink, { telemetry })
    await eventually(() => expect(own.points().length).toBeGreaterThan(0))
    const uptimes = own.points().filter(({ metric }) => metric === 'otelcol_process_uptime')
    expect(uptimes[0]).toMatchObject({
      resource: { 'service.name': 'waggle', rack: 'r1' },
    })
    expect(uptimes[0]!.resource).not.toHaveProperty('service.instance.id')
    expect(own.received[0]!.headers['x-key']).toBe('k1')
    await gateway.send()
    await eventually(() => expect(sink.spans()).toHaveLength(1))
    await gateway.agent.stop()
    const sent = own.points().filter(({ metric }) => metric === 'otelcol_exporter_sent_spans')
    expect(sent.at(-1)).toMatchObject({ value: 1 })
  })
})
