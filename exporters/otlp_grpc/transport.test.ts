import { promises as dns } from 'node:dns'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { makeCertificates } from '../../test/kit/certificates.ts'
import { changingCertificate } from '../../test/kit/changing_certificate.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { startOtlpSink } from '../../test/kit/otlp_sink.ts'
import { GRPC_OK, grpcFrame, startRawGrpc, type RawCall } from '../../test/kit/raw_grpc.ts'
import { tempDir } from '../../test/kit/temp_dir.ts'
import { attempt, transportTo, type Around } from './fixtures.ts'

cleansUp()
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function senderTo(endpoint: string, given: object = {}, around: Around = {}) {
  const { transport, logged } = await transportTo({ endpoint, ...given }, around)
  const send = async (body = oneItem.traces, bounds = attempt()) =>
    transport.send('traces', await transport.prepare('traces', body), bounds)
  return { transport, logged, send }
}

const SENT = { kind: 'sent' }

describe('the transport of otlp_grpc', () => {
  it('calls the service of each signal', async () => {
    const sink = await startOtlpSink()
    const { transport } = await senderTo(sink.endpoint)
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      await expect(transport.send(signal, oneItem[signal], attempt())).resolves.toEqual(SENT)
    }
    expect([sink.spans().length, sink.points().length, sink.logs().length]).toEqual([1, 1, 1])
  })

  it.each([
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const)('marks what it has compressed with %s', async (compression, decompress) => {
    const server = await startRawGrpc(() => GRPC_OK)
    const { send } = await senderTo(server.endpoint, { compression })
    expect([await send(), await send()]).toEqual([SENT, SENT])
    for (const { flag, message, headers } of server.calls) {
      expect([flag, headers['grpc-encoding']]).toEqual([1, compression])
      expect(decompress(message)).toEqual(oneItem.traces)
    }
  })

  it('goes on with its compression when the server answers that it knows others', async () => {
    const headers = { 'grpc-accept-encoding': 'identity,deflate' }
    const server = await startRawGrpc(() => ({ ...GRPC_OK, headers }))
    const { send } = await senderTo(server.endpoint)
    expect([await send(), await send()]).toEqual([SENT, SENT])
    expect(server.calls.map((call) => [call.flag, call.headers['grpc-encoding']])).toEqual([
      [1, 'gzip'],
      [1, 'gzip'],
    ])
  })

  it('sends no name of an encoding with what is not compressed', async () => {
    const server = await startRawGrpc(() => GRPC_OK)
    const { send } = await senderTo(server.endpoint, { compression: '' })
    await expect(send()).resolves.toEqual(SENT)
    expect([server.calls[0]?.flag, server.calls[0]?.headers['grpc-encoding']]).toEqual([
      0,
      undefined,
    ])
  })

  it('sends gzip to a server that does not know zstd, and says so once', async () => {
    const sink = await startOtlpSink()
    const { send, logged } = await senderTo(sink.endpoint, { compression: 'zstd' })
    expect([await send(), await send()]).toEqual([SENT, SENT])
    expect(sink.received.map(({ compression }) => compression)).toEqual(['gzip', 'gzip'])
    expect(logged).toEqual([
      'warn  Destination does not read the configured compression. compression=zstd instead=gzip',
    ])
  })

  it('keeps its compression when the server has no such service', async () => {
    const answer = { trailers: { 'grpc-status': String(status.UNIMPLEMENTED) } }
    const server = await startRawGrpc(() => answer)
    const { send, logged } = await senderTo(server.endpoint)
    await expect(send()).resolves.toMatchObject({ kind: 'rejected' })
    await send()
    expect(server.calls.map(({ flag }) => flag)).toEqual([1, 0, 1, 0])
    expect(logged).toEqual([])
  })

  it('does not take a failure of the server for one of compression', async () => {
    const trailers = { 'grpc-status': String(status.INTERNAL), 'grpc-message': 'out of disk' }
    const server = await startRawGrpc(() => ({ trailers }))
    const { send } = await senderTo(server.endpoint)
    await expect(send()).resolves.toEqual({ kind: 'rejected', reason: 'INTERNAL: out of disk' })
    expect(server.calls).toHaveLength(1)
  })

  it('sends the headers that an extension gives, for each request anew', async () => {
    const sink = await startOtlpSink()
    let asked = 0
    const auth = { headers: async () => ({ authorization: `Bearer ${++asked}` }) }
    const given = { auth: { authenticator: 'oauth2client' }, headers: { 'X-Tenant': 'blue' } }
    const { send } = await senderTo(sink.endpoint, given, { auth })
    await send()
    await send()
    expect(
      sink.received.map(({ headers }) => [headers.authorization, headers['x-tenant']]),
    ).toEqual([
      ['Bearer 1', 'blue'],
      ['Bearer 2', 'blue'],
    ])
  })

  it('tries again later when the extension has no headers', async () => {
    const headers = () => Promise.reject(new Error('no token'))
    const given = { auth: { authenticator: 'oauth2client' } }
    const { send } = await senderTo('127.0.0.1:1', given, { auth: { headers } })
    await expect(send()).resolves.toEqual({
      kind: 'retry',
      reason: 'get the headers of oauth2client: no token',
    })
  })

  it('does not start with an authenticator that is not there', async () => {
    await expect(senderTo('127.0.0.1:1', { auth: { authenticator: 'basicauth' } })).rejects.toThrow(
      'auth.authenticator: service.extensions does not list "basicauth"',
    )
  })

  it('has the authority that it is told', async () => {
    const server = await startRawGrpc(() => GRPC_OK)
    const { send } = await senderTo(server.endpoint, { authority: 'gateway.example' })
    await send()
    expect(server.calls[0]?.headers[':authority']).toBe('gateway.example')
  })
})

describe('the endpoints of otlp_grpc', () => {
  it('may be a Unix socket', async () => {
    const path = join(tempDir('unix'), 'otlp.sock')
    const server = await startRawGrpc(() => GRPC_OK, { path })
    expect(server.endpoint).toBe(`unix://${path}`)
    for (const endpoint of [server.endpoint, `unix:${path}`]) {
      const { send } = await senderTo(endpoint)
      await expect(send()).resolves.toEqual(SENT)
    }
  })

  it.each([
    (port: number) => `localhost:${port}`,
    (port: number) => `dns:///localhost:${port}`,
    (port: number) => `passthrough:///127.0.0.1:${port}`,
    (port: number) => `ipv4:127.0.0.1:${port}`,
    (port: number) => `http://127.0.0.1:${port}/`,
  ])('may be written in all of these ways', async (endpointOf) => {
    const sink = await startOtlpSink()
    const { send } = await senderTo(endpointOf(sink.port))
    await expect(send()).resolves.toEqual(SENT)
  })
})

describe('the names of otlp_grpc', () => {
  /** Lets a name have these addresses. */
  function resolveTo(...addresses: string[]): void {
    const list = addresses.map((address) => ({ address, family: 4 }))
    vi.spyOn(dns, 'lookup').mockImplementation((async () => list) as never)
  }

  it('are looked up every 30 seconds, also while all is well, so that new servers get their part', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
    const first = await startRawGrpc(() => GRPC_OK)
    const port = Number(first.endpoint.split(':')[1])
    const second = await startRawGrpc(() => GRPC_OK, { host: '127.0.0.2', port })
    resolveTo('127.0.0.1')
    const { send } = await senderTo(`gateway:${port}`, { keepalive: { time: '0s' } })
    for (let n = 0; n < 4; n++) await send()
    resolveTo('127.0.0.1', '127.0.0.2')
    vi.advanceTimersByTime(29_000)
    for (let n = 0; n < 4; n++) await send()
    expect([first.calls.length, second.calls.length]).toEqual([8, 0])
    vi.advanceTimersByTime(1_000)
    await untilCalled(second.calls, send)
    expect(first.calls.length).toBeGreaterThan(8)
  })

  it('are looked up when the servers are gone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
    const first = await startOtlpSink()
    const second = await startRawGrpc(() => GRPC_OK, { host: '127.0.0.2', port: first.port })
    resolveTo('127.0.0.1')
    const { send } = await senderTo(`gateway:${first.port}`, { keepalive: { time: '0s' } })
    await send()
    vi.advanceTimersByTime(5_000)
    resolveTo('127.0.0.2')
    await first.refuse()
    await untilCalled(second.calls, send)
  })

  /** Sends until a server gets something. */
  async function untilCalled(calls: readonly RawCall[], send: () => Promise<unknown>) {
    for (let n = 0; n < 200 && calls.length === 0; n++) {
      await send()
      vi.advanceTimersByTime(10)
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(calls.length).toBeGreaterThan(0)
  }
})

describe('the transport of otlp_grpc and servers that misbehave', () => {
  it('takes an answer that nobody can read for a success', async () => {
    const sink = await startOtlpSink()
    const { send } = await senderTo(sink.endpoint)
    sink.script({ kind: 'bytes', bytes: Buffer.from('\u00ff\u00ff\u00ff') })
    await expect(send()).resolves.toEqual(SENT)
  })

  it('does not take an answer without a status for a success', async () => {
    const server = await startRawGrpc(() => ({ body: grpcFrame(Buffer.alloc(0)) }))
    const { send } = await senderTo(server.endpoint)
    await expect(send()).resolves.toMatchObject({ kind: 'rejected' })
  })

  it('retries with a server that is none of gRPC', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    atEnd('server', () => void server.close())
    const { port } = server.address() as { port: number }
    const { send } = await senderTo(`127.0.0.1:${port}`)
    await expect(send(oneItem.traces, attempt(500))).resolves.toMatchObject({ kind: 'retry' })
  })

  it('ends an attempt when it is told to', async () => {
    const sink = await startOtlpSink()
    const { send } = await senderTo(sink.endpoint)
    sink.script({ kind: 'silence' })
    const abort = new AbortController()
    const sending = send(oneItem.traces, attempt(5_000, abort.signal))
    await eventually(() => expect(sink.received).toHaveLength(1))
    abort.abort()
    await expect(sending).resolves.toEqual({
      kind: 'retry',
      reason: 'CANCELLED: Cancelled on client',
    })
  })

  it('says what a server says to a message above its limit', async () => {
    const sink = await startOtlpSink({ maxReceiveBytes: 100 })
    const { send } = await senderTo(sink.endpoint, { compression: 'none' })
    await expect(send()).resolves.toEqual({
      kind: 'rejected',
      reason: expect.stringMatching(/^RESOURCE_EXHAUSTED: Received message larger than max/),
    })
  })

  it('lets an attempt wait for a connection where it is told to', async () => {
    const sink = await startOtlpSink()
    await sink.refuse()
    const given = { wait_for_ready: true, retry_on_failure: { initial_interval: '20ms' } }
    const { send } = await senderTo(sink.endpoint, given)
    const sending = send()
    await new Promise((resolve) => void setTimeout(resolve, 60))
    await sink.accept()
    await expect(sending).resolves.toEqual(SENT)
  })
})

describe('the transport of otlp_grpc and TLS', () => {
  it('shows the certificate that has replaced its own on the disk; what is under way ends as it began', async () => {
    const sink = await startOtlpSink({ security: 'mtls' })
    const { caFile, client, server } = sink.certificates!
    const files = changingCertificate(client)
    const clock = new FakeClock()
    const tls = {
      ca_file: caFile,
      cert_file: files.certFile,
      key_file: files.keyFile,
      reload_interval: '10s',
    }
    const { send, logged } = await senderTo(sink.endpoint, { tls }, { clock })
    await expect(send()).resolves.toEqual(SENT)
    sink.script({ kind: 'ok', delayMs: 80 })
    const underWay = send()
    await eventually(() => expect(sink.received).toHaveLength(2))
    files.replace(server)
    await clock.advance(10_000)
    await eventually(() => expect(logged).toEqual(['info  Certificates were read again.']))
    await expect(send()).resolves.toEqual(SENT)
    await expect(underWay).resolves.toEqual(SENT)
    expect(sink.received.map(({ clientName }) => clientName)).toEqual([
      'waggle test client',
      'waggle test client',
      'waggle test server',
    ])
    expect(sink.connections).toBe(2)
  })

  it.each([
    ['1.3', 'TLSv1.3'],
    ['1.2', 'TLSv1.2'],
  ])('speaks no newer TLS than %s', async (max_version, protocol) => {
    const certificates = await makeCertificates()
    const { key, cert } = certificates.server
    const spoken: (string | null)[] = []
    const server = createTlsServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => {
      spoken.push(socket.getProtocol())
      socket.destroy()
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    atEnd('server', () => void server.close())
    const { port } = server.address() as { port: number }
    const tls = { ca_file: certificates.caFile, max_version }
    const { send } = await senderTo(`localhost:${port}`, { tls })
    await send(oneItem.traces, attempt(500))
    expect(spoken[0]).toBe(protocol)
  })
})
