import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { cleansUp } from './fixtures.ts'
import { encodeRequest } from './otlp.ts'
import { startOtlpSink, type OtlpSink } from './otlp_sink.ts'

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

const good = encodeRequest('traces', {
  resourceSpans: [
    {
      resource: {},
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              name: 'GET'.repeat(500),
              kind: 2,
              startTimeUnixNano: 1n,
              endTimeUnixNano: 2n,
            },
          ],
        },
      ],
    },
  ],
})

const clients: grpc.Client[] = []

afterEach(() => clients.splice(0).forEach((client) => client.close()))
cleansUp()

type Failure = grpc.ServiceError

function client(sink: OtlpSink, credentials = grpc.credentials.createInsecure(), options = {}) {
  const name = { 'grpc.ssl_target_name_override': 'localhost' }
  const made = new grpc.Client(sink.endpoint, credentials, { ...name, ...options })
  clients.push(made)
  return (bytes: Buffer, deadlineMs = 2_000) =>
    new Promise<Buffer>((resolve, reject) => {
      const asIs = (buffer: Buffer) => buffer
      const metadata = new grpc.Metadata()
      metadata.set('x-tenant', 'blue')
      const deadline = Date.now() + deadlineMs
      made.makeUnaryRequest(path, asIs, asIs, bytes, metadata, { deadline }, (error, answer) =>
        error ? reject(error) : resolve(answer!),
      )
    })
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  return call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: Failure) => error,
  )
}

describe('startOtlpSink', () => {
  it('keeps requests with headers, bytes and what was decoded', async () => {
    const sink = await startOtlpSink()
    expect(await client(sink)(good)).toHaveLength(0)
    expect(sink.spans()).toMatchObject([{ kind: 'server', startNs: 1n }])
    expect(sink.received).toMatchObject([
      {
        signal: 'traces',
        bytes: good,
        items: 1,
        compression: 'identity',
        wireBytes: good.length + 5,
      },
    ])
    expect(sink.received[0]!.headers).toMatchObject({
      'x-tenant': 'blue',
      'content-type': 'application/grpc',
      ':path': path,
    })
    expect(sink.bytesReceived).toBeGreaterThan(good.length)
  })

  it('sees that a message was compressed', async () => {
    const sink = await startOtlpSink()
    const gzip = { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip }
    await client(sink, undefined, gzip)(good)
    const [received] = sink.received
    expect(received).toMatchObject({ compression: 'gzip', bytes: good })
    expect(received!.wireBytes).toBeLessThan(good.length / 2)
  })

  it('refuses a request that breaks the protocol and does not let a test overlook it', async () => {
    const sink = await startOtlpSink()
    const failure = await failureOf(client(sink)(Buffer.from([0x12, 0])))
    expect(failure).toMatchObject({ code: grpc.status.INVALID_ARGUMENT })
    expect(() => sink.spans()).toThrow('unknown field number 2 in ExportTraceServiceRequest')
  })

  it('answers as scripted, then as it stands', async () => {
    const sink = await startOtlpSink()
    const send = client(sink)
    sink.script(
      { kind: 'status', code: grpc.status.UNAVAILABLE, message: 'later', retryAfterMs: 2_500 },
      { kind: 'partial', rejected: 1n, message: 'too old' },
    )
    const failure = await failureOf(send(good))
    expect(failure).toMatchObject({ code: grpc.status.UNAVAILABLE, details: 'later' })
    const [details] = failure.metadata.get('grpc-status-details-bin') as Buffer[]
    expect(details!.toString('latin1')).toContain('type.googleapis.com/google.rpc.RetryInfo')
    // Duration { seconds: 2, nanos: 500_000_000 }, the last field of all.
    expect(details!.toString('hex')).toMatch(/0a0808021080cab5ee01$/)
    expect((await send(good)).toString()).toContain('too old')
    expect(await send(good)).toHaveLength(0)
    expect(sink.tallies.traces).toMatchObject({
      requests: 3,
      acceptedRequests: 2,
      acceptedItems: 1,
    })
  })

  it('asks a function for the answer', async () => {
    const sink = await startOtlpSink()
    sink.answerWith(({ items }) => ({ kind: 'status', code: 8, message: `${items} is too many` }))
    expect((await failureOf(client(sink)(good))).details).toBe('1 is too many')
  })

  it('stays silent until the client gives up', async () => {
    const sink = await startOtlpSink()
    sink.script({ kind: 'silence' })
    const failure = await failureOf(client(sink)(good, 200))
    expect(failure.code).toBe(grpc.status.DEADLINE_EXCEEDED)
  })

  it('hangs up without an answer', async () => {
    const sink = await startOtlpSink()
    const send = client(sink)
    sink.script({ kind: 'hang_up' })
    expect((await failureOf(send(good))).code).toBe(grpc.status.UNAVAILABLE)
    await send(good)
    expect(sink.connections).toBe(2)
  })

  it('refuses connections and accepts them again on the same port', async () => {
    const sink = await startOtlpSink()
    const { port } = sink
    await sink.refuse()
    const failure = await failureOf(client(sink)(good))
    expect(failure.code).toBe(grpc.status.UNAVAILABLE)
    expect(failure.details).toContain('ECONNREFUSED')
    await sink.accept()
    expect(sink.port).toBe(port)
    await client(sink, undefined, { 'grpc.use_local_subchannel_pool': 1 })(good)
  })

  it('refuses requests above its limit', async () => {
    const sink = await startOtlpSink({ maxReceiveBytes: 1_000 })
    expect((await failureOf(client(sink)(good))).code).toBe(grpc.status.RESOURCE_EXHAUSTED)
  })

  it('speaks TLS to a client that knows its authority, and to no other', async () => {
    const sink = await startOtlpSink({ security: 'tls' })
    const { ca } = sink.certificates!
    await client(sink, grpc.credentials.createSsl(ca))(good)
    expect(sink.spans()).toHaveLength(1)
    const failure = await failureOf(client(sink, grpc.credentials.createSsl())(good))
    expect(failure.code).toBe(grpc.status.UNAVAILABLE)
  })

  it('wants a certificate of the client with mTLS', async () => {
    const sink = await startOtlpSink({ security: 'mtls' })
    const { ca, client: own } = sink.certificates!
    await client(sink, grpc.credentials.createSsl(ca, own.key, own.cert))(good)
    expect(sink.received[0]!.clientName).toBe('waggle test client')
    const failure = await failureOf(client(sink, grpc.credentials.createSsl(ca))(good))
    expect(failure.code).toBe(grpc.status.UNAVAILABLE)
  })
})

it('runs as a process of its own that prints what it gets', async () => {
  const program = join(import.meta.dirname, 'otlp_sink.main.ts')
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const nextLine = async () => JSON.parse((await lines.next()).value as string) as object
  const { port } = (await nextLine()) as { port: number }
  await client({ endpoint: `127.0.0.1:${port}` } as OtlpSink)(good)
  expect(await nextLine()).toMatchObject({ signal: 'traces', kind: 'server', startNs: '1' })
  child.kill('SIGTERM')
  expect((await exited)[0]).toBe(0)
})
