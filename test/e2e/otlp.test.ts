import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Client, credentials } from '@grpc/grpc-js'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAgent, totalsOf } from '../kit/agent.ts'
import { cleansUp, eventually } from '../kit/fixtures.ts'
import { encodeRequest, type Draft, type LogRecord, type Metric, type Span } from '../kit/otlp.ts'
import { startOtlpSink, type OtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'

cleansUp()

const SIGNALS = ['traces', 'metrics', 'logs'] as const
const GRPC_PATHS = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] }
const timeNs = BigInt(Date.now()) * 1_000_000n

function span(name: string): Draft<Span> {
  const startTimeUnixNano = timeNs
  const endTimeUnixNano = timeNs + 1_000n
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  return { ...ids, name, kind: 2, startTimeUnixNano, endTimeUnixNano }
}

const metric: Draft<Metric> = {
  name: 'requests',
  unit: '{request}',
  gauge: { dataPoints: [{ timeUnixNano: timeNs, asInt: 5n }] },
}
const record: Draft<LogRecord> = { timeUnixNano: timeNs, body: { stringValue: 'full' } }

/** A request of each signal, with a field at its end that no version of OTLP has. */
const unknown = Buffer.from([0xda, 0x3e, 0x03, 0x62, 0x65, 0x65])
const requests = {
  traces: encodeRequest('traces', {
    resourceSpans: [{ resource, scopeSpans: [{ spans: [span('GET /'), span('GET /cart')] }] }],
  }),
  metrics: encodeRequest('metrics', {
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }],
  }),
  logs: encodeRequest('logs', {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record, record, record] }] }],
  }),
}

interface Gateway {
  readonly grpc: string
  readonly http: string
}

let gateway: Gateway

/** An agent between clients and the sink. */
async function startGateway(sink: OtlpSink, exporter = '') {
  const [grpc, http] = [await freePort(), await freePort()]
  const pipeline = '{ receivers: [otlp], exporters: [otlp_grpc] }'
  const agent = await startAgent(`
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${grpc} }, http: { endpoint: 127.0.0.1:${http} } } }
exporters:
  otlp_grpc:
    endpoint: ${sink.endpoint}
    tls: { insecure: true }
    ${exporter}
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: ${pipeline}, metrics: ${pipeline}, logs: ${pipeline} }
`)
  return { agent, grpc: `127.0.0.1:${grpc}`, http: `127.0.0.1:${http}` }
}

const asIs = (bytes: Buffer): Buffer => bytes

/** Sends over gRPC, compressed; resolves with the status. */
function call(client: Client, signal: keyof typeof requests, body: Buffer): Promise<number> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(GRPC_PATHS[signal], asIs, asIs, body, (error) => {
      resolve(error?.code ?? 0)
    })
  })
}

function clientOf({ grpc }: Gateway): Client {
  return new Client(grpc, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': 2,
  })
}

async function post({ http }: Gateway, signal: string, body: Buffer): Promise<number> {
  const response = await fetch(`http://${http}/v1/${signal}`, {
    method: 'POST',
    body: new Uint8Array(gzipSync(body)),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
  })
  return response.status
}

describe('an agent between clients and a backend', () => {
  let sink: OtlpSink

  beforeAll(async () => {
    sink = await startOtlpSink()
    gateway = await startGateway(sink)
  })

  it.each(SIGNALS)('hands on %s as the bytes that came, over both protocols', async (signal) => {
    sink.clear()
    const body = Buffer.concat([requests[signal], unknown])
    const client = clientOf(gateway)
    expect(await call(client, signal, body)).toBe(0)
    expect(await post(gateway, signal, body)).toBe(200)
    client.close()
    const received = await eventually(() => {
      expect(sink.received).toHaveLength(2)
      return sink.received
    })
    expect(received.map(({ signal: of, bytes }) => [of, bytes.equals(body)])).toEqual([
      [signal, true],
      [signal, true],
    ])
  })
})

describe('a client', () => {
  it('is told what the backend said, where no queue is between them', async () => {
    const sink = await startOtlpSink()
    const made = await startGateway(sink, 'sending_queue: { enabled: false }')
    sink.script({ kind: 'status', code: 3, message: 'too old' })
    expect(await post(made, 'traces', requests.traces)).toBe(400)
    expect(await post(made, 'traces', requests.traces)).toBe(200)
    await made.agent.stop()
  })

  it('loses nothing that was taken when the agent ends in the middle of it', async () => {
    const sink = await startOtlpSink({ countOnly: true })
    const made = await startGateway(sink)
    const client = clientOf(made)
    let taken = 0
    let goesOn = true
    const sendOn = async (send: () => Promise<boolean>): Promise<void> => {
      while (goesOn) if (await send().catch(() => false)) taken += 2
    }
    const senders = [
      sendOn(async () => (await call(client, 'traces', requests.traces)) === 0),
      sendOn(async () => (await post(made, 'traces', requests.traces)) === 200),
    ]
    await eventually(() => expect(sink.tallies.traces.items).toBeGreaterThan(200))
    const { exit, totals } = await made.agent.stop()
    goesOn = false
    client.close()
    await Promise.all(senders)
    await sleep(50)
    expect(exit).toEqual({ code: 0, signal: null })
    expect(sink.tallies.traces.acceptedItems).toBe(taken)
    const { seen, handedOn, dropped } = totalsOf('receiver/otlp', totals)
    const lost = Object.values(dropped).reduce((sum, items) => sum + items, 0)
    expect([handedOn, seen]).toEqual([taken, taken + lost])
  })
})
