import { gzipSync } from 'node:zlib'
import { status, type ServiceError } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { GrpcSender } from '../interop/otlp_client.ts'
import { sampleRequest } from '../interop/samples.ts'
import { startAgent, totalsOf, type Agent, unbalanced } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { parseMetricsPage } from '../kit/metrics_page.ts'
import { startOtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'
import { startNodeServer } from '../kit/servers.ts'

cleansUp()

const ITEMS = 4
const body = sampleRequest('traces', ITEMS)

/** What a client of each protocol was told. */
interface Told {
  readonly grpc: string
  readonly http: string
}

interface Gateway {
  readonly agent: Agent
  /** Sends a request over each protocol. */
  readonly send: () => Promise<Told>
}

interface Parts {
  readonly endpoint: string
  readonly exporter?: string
  /** Options of a memory limiter before the exporter; none unless given. */
  readonly limiter?: string
}

/** An agent between clients and a destination. */
async function startGateway({ endpoint, exporter = '', limiter }: Parts): Promise<Gateway> {
  const [grpcPort, httpPort] = [await freePort(), await freePort()]
  const agent = await startAgent(`
receivers:
  otlp:
    protocols: { grpc: { endpoint: 127.0.0.1:${grpcPort} }, http: { endpoint: 127.0.0.1:${httpPort} } }
processors: { memory_limiter: { check_interval: 1s, ${limiter ?? 'limit_mib: 4000'} } }
exporters: { otlp_grpc: { endpoint: "${endpoint}", tls: { insecure: true }, ${exporter} } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter], exporters: [otlp_grpc] }
`)
  const sender = new GrpcSender(grpcPort)
  const send = async (): Promise<Told> => ({
    grpc: await sender.send('traces', body).then(() => 'OK', statusText),
    http: await post(httpPort),
  })
  return { agent, send }
}

const statusText = ({ code, details }: ServiceError): string => `${status[code]}: ${details}`

/** Sends over HTTP; `503 after 1 s: sentence`. */
async function post(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    body: new Uint8Array(gzipSync(body)),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
  })
  const after = answer.headers.get('retry-after')
  const text = Buffer.from(await answer.arrayBuffer()).toString('latin1')
  const sentence = /[a-z][a-z ]{9,}/.exec(text)?.[0] ?? ''
  return `${answer.status}${after === null ? '' : ` after ${after} s`}: ${sentence}`
}

/** Ends the agent; what the receiver counted. */
async function totalsAtEnd({ agent }: Pick<Gateway, 'agent'>) {
  const { exit, totals } = await agent.stop()
  expect(exit).toEqual({ code: 0, signal: null })
  expect(unbalanced(totals)).toEqual([])
  return totalsOf('receiver/otlp', totals)
}

/** Where nobody listens. */
const away = async (): Promise<string> => `127.0.0.1:${await freePort()}`
const shortRetry =
  'retry_on_failure: { initial_interval: 5ms, max_interval: 10ms, max_elapsed_time: 40ms }'

describe('a client of the otlp receiver', () => {
  it('is told to come again while the queue in front of a destination that is away is full', async () => {
    const gateway = await startGateway({
      endpoint: await away(),
      exporter: 'sending_queue: { queue_size: 2, num_consumers: 1 }',
    })
    expect(await gateway.send()).toEqual({ grpc: 'OK', http: '200: ' })
    expect(await gateway.send()).toEqual({
      grpc: 'UNAVAILABLE: sending queue is full',
      http: '429: sending queue is full',
    })
    expect(await totalsAtEnd(gateway)).toEqual({
      seen: 4 * ITEMS,
      handedOn: 2 * ITEMS,
      dropped: { queue_full: 2 * ITEMS },
    })
  })

  it('is told to come again when a destination that is away was tried in vain', async () => {
    const gateway = await startGateway({
      endpoint: await away(),
      exporter: `sending_queue: { enabled: false }, ${shortRetry}`,
    })
    expect(await gateway.send()).toEqual({
      grpc: 'UNAVAILABLE: retries exhausted',
      http: '503: retries exhausted',
    })
    expect(await totalsAtEnd(gateway)).toEqual({
      seen: 2 * ITEMS,
      handedOn: 0,
      dropped: { retries_exhausted: 2 * ITEMS },
    })
  })

  it('is told to come again when the destination itself says so, and not when it is to blame', async () => {
    const sink = await startOtlpSink({ countOnly: true })
    const gateway = await startGateway({
      endpoint: sink.endpoint,
      exporter: `sending_queue: { enabled: false }, ${shortRetry}`,
    })
    sink.answerWith({ kind: 'status', code: status.UNAVAILABLE, message: 'full' })
    expect(await gateway.send()).toEqual({
      grpc: 'UNAVAILABLE: retries exhausted',
      http: '503: retries exhausted',
    })
    sink.answerWith({ kind: 'status', code: status.INVALID_ARGUMENT, message: 'too old' })
    expect(await gateway.send()).toEqual({
      grpc: 'INVALID_ARGUMENT: the destination does not take the data',
      http: '400: the destination does not take the data',
    })
    expect(await totalsAtEnd(gateway)).toEqual({
      seen: 4 * ITEMS,
      handedOn: 0,
      dropped: { retries_exhausted: 2 * ITEMS, rejected: 2 * ITEMS },
    })
  })

  it('is told when to come again while the agent has too little memory', async () => {
    const sink = await startOtlpSink({ countOnly: true })
    const gateway = await startGateway({ endpoint: sink.endpoint, limiter: 'limit_mib: 1' })
    expect(await gateway.send()).toEqual({
      grpc: 'UNAVAILABLE: data refused due to high memory usage',
      http: '429 after 1 s: data refused due to high memory usage',
    })
    expect(await totalsAtEnd(gateway)).toEqual({
      seen: 2 * ITEMS,
      handedOn: 0,
      dropped: { memory_limit: 2 * ITEMS },
    })
    expect(sink.tallies.traces.requests).toBe(0)
  })
})

/** What keeps the pipeline of a kernel receiver from taking what it saw. */
const causes = [
  ['queue_full', 'limit_mib: 4000', 'sending_queue: { queue_size: 1, num_consumers: 1 }'],
  ['memory_limit', 'limit_mib: 1', ''],
  ['retries_exhausted', 'limit_mib: 4000', `sending_queue: { enabled: false }, ${shortRetry}`],
] as const

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('a receiver of the kernel', () => {
  it.each(causes)(
    'counts as dropped, for the reason %s, what nobody takes',
    async (reason, limiter, exporter) => {
      const agent = await startAgent(`
receivers: { ebpf_http: }
processors: { protocol_inference: , memory_limiter: { check_interval: 1s, ${limiter} } }
exporters: { otlp_grpc: { endpoint: "${await away()}", tls: { insecure: true }, ${exporter} } }
service:
  telemetry: { metrics: { endpoint: '127.0.0.1:0' } }
  pipelines:
    traces:
      receivers: [ebpf_http]
      processors: [memory_limiter, protocol_inference]
      exporters: [otlp_grpc]
`)
      const [, url] = await agent.program.waitForOutput(/Serving metrics\. url=(\S+)/)
      const dropped = async (): Promise<number> => {
        const series = parseMetricsPage(await (await fetch(url as string)).text())
        const own = series.filter(
          ({ name, labels }) =>
            name === 'waggle_component_dropped' &&
            labels['component'] === 'receiver/ebpf_http' &&
            labels['reason'] === reason,
        )
        return own.reduce((sum, { value }) => sum + value, 0)
      }
      const { port } = await startNodeServer()
      const client = keepAliveClient(`http://127.0.0.1:${port}`)
      for (const atLeast of [10, 50]) {
        await eventually(async () => {
          await client.send('/status/200')
          expect(await dropped()).toBeGreaterThan(atLeast)
        })
      }
      client.close()
      const { totals } = await agent.stop()
      expect(unbalanced(totals)).toEqual([])
      expect(totalsOf('receiver/ebpf_http', totals).dropped[reason]).toBeGreaterThan(50)
    },
  )
})
