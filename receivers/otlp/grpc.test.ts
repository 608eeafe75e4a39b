import { connect as connectTcp } from 'node:net'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { OTLP_SERVICES } from '../../src/helpers/otlp_signals.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import { encodeStatusDetails } from '../../test/kit/grpc_status.ts'
import { decodeAnswer } from '../../test/kit/otlp.ts'
import { call, framed, grpcSession, requestOf, running } from './fixtures.ts'

const MIB = 1024 * 1024
const one = requestOf('traces')

describe('OTLP/gRPC', () => {
  it.each(['traces', 'metrics', 'logs'] as const)('takes %s as they came', async (signal) => {
    const { grpc, batches, counters } = await running()
    const body = requestOf(signal, 3)
    const result = await call(grpcSession(grpc), signal, body)
    expect(result).toMatchObject({ status: 0, message: '', body: Buffer.alloc(5) })
    expect(batches).toMatchObject([{ kind: signal, itemCount: 3, encoded: body }])
    expect(counters.of(signal, 'grpc')).toMatchObject({ in: 3, out: 3, held: 0 })
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ] as const)('reads messages that are compressed with %s', async (encoding, compress) => {
    const { grpc, batches } = await running()
    const body = requestOf('traces', 5000)
    const session = grpcSession(grpc)
    const headers = { 'grpc-encoding': encoding }
    const raw = framed(compress(body), 1)
    expect(await call(session, 'traces', body, { headers, raw })).toMatchObject({ status: 0 })
    expect(batches[0]?.itemCount).toBe(5000)
  })

  it('takes a message that says it is not compressed, whatever the encoding', async () => {
    const { grpc, batches } = await running()
    const headers = { 'grpc-encoding': 'gzip' }
    const result = await call(grpcSession(grpc), 'traces', one, { headers })
    expect([result.status, batches.length]).toEqual([0, 1])
  })

  it('answers a request without items, and hands nothing on', async () => {
    const { grpc, batches } = await running()
    const result = await call(grpcSession(grpc), 'logs', Buffer.alloc(0))
    expect([result.status, batches]).toEqual([0, []])
  })

  it('speaks with the client of grpc-js, also compressed', async () => {
    const outcomes: Outcome[] = [
      ACCEPTED,
      { kind: 'refused', reason: 'queue_full', afterMs: 2_500 },
      { kind: 'rejected', reason: 'export_failed' },
    ]
    const { grpc } = await running({ settle: () => outcomes.shift() as Outcome })
    const client = new Client(grpc, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': 2,
    })
    const asIs = (bytes: Buffer): Buffer => bytes
    const send = (): Promise<Buffer | ServiceError> =>
      new Promise((resolve) => {
        const path = OTLP_SERVICES.traces.grpcPath
        client.makeUnaryRequest(path, asIs, asIs, one, (error, answer) =>
          resolve(error ?? (answer as Buffer)),
        )
      })
    expect(await send()).toEqual(Buffer.alloc(0))
    const refused = (await send()) as ServiceError
    expect(refused).toMatchObject({
      code: status.UNAVAILABLE,
      details: 'sending queue is full',
    })
    expect(refused.metadata.get('grpc-status-details-bin')).toEqual([
      encodeStatusDetails({ code: 14, message: 'sending queue is full', retryAfterMs: 2_500 }),
    ])
    expect(await send()).toMatchObject({ code: status.INTERNAL, details: 'export failed' })
    client.close()
  })
})

describe('the answer over gRPC', () => {
  it.each([
    [{ kind: 'refused', reason: 'memory_limit' }, 14, 'data refused due to high memory usage'],
    [{ kind: 'rejected', reason: 'rejected' }, 3, 'the destination does not take the data'],
    [{ kind: 'rejected', reason: 'no_consumer' }, 12, 'no pipeline takes this kind of data'],
    [{ kind: 'rejected', reason: 'whatever_else' }, 13, 'whatever else'],
  ] as const)('to %j', async (outcome, code, message) => {
    const { grpc, counters } = await running({ settle: () => outcome })
    const result = await call(grpcSession(grpc), 'traces', one)
    expect(result).toMatchObject({ status: code, message, details: undefined })
    expect([...counters.dropped]).toEqual([[outcome.reason, 1]])
    expect([...counters.refused]).toEqual([[outcome.reason, 1]])
  })

  it('says what was not taken of a request that was taken', async () => {
    const partial = { items: 2, message: 'too old' }
    const { grpc } = await running({ settle: () => ({ kind: 'accepted', partial }) })
    const { status: code, body } = await call(grpcSession(grpc), 'logs', requestOf('logs', 5))
    expect(code).toBe(0)
    const answer = decodeAnswer('logs', body.subarray(5))
    expect(answer).toEqual({ rejected: 2n, message: 'too old' })
  })

  it('waits until the pipelines know', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { grpc } = await running({ settle: () => promise })
    const answered = vi.fn<() => void>()
    const result = call(grpcSession(grpc), 'traces', one).finally(answered)
    await new Promise((done) => setTimeout(done, 20))
    expect(answered).not.toHaveBeenCalled()
    resolve(ACCEPTED)
    expect(await result).toMatchObject({ status: 0 })
  })
})

describe('what is no call of OTLP', () => {
  const broken = Buffer.from([0x0a, 0x05, 0x0a])
  it.each([
    ['another method', { path: '/grpc.health.v1.Health/Check' }, 12, 'unknown method /grpc'],
    ['another encoding', { headers: { 'grpc-encoding': 'br' } }, 12, 'grpc-encoding "br" is not'],
    ['nothing at all', { raw: Buffer.alloc(0) }, 13, 'the request has no message'],
    ['a frame that is cut off', { raw: framed(one).subarray(0, 12) }, 13, 'the message ends after'],
    [
      'two messages',
      { raw: Buffer.concat([framed(one), framed(one)]) },
      13,
      'the request has more',
    ],
    ['a flag without its header', { raw: framed(one, 1) }, 13, 'the message is compressed, and'],
    ['a message that is none', { raw: framed(broken) }, 3, 'at byte'],
    [
      'a compression that is none',
      { raw: framed(one, 1), headers: { 'grpc-encoding': 'gzip' } },
      3,
      'gzip: incorrect header check',
    ],
  ])('is told so: %s', async (_, options, code, message) => {
    const { grpc, batches } = await running()
    const session = grpcSession(grpc)
    const result = await call(session, 'traces', one, options)
    expect(result).toMatchObject({ status: code })
    expect(result.message).toContain(message)
    // The connection goes on.
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
    expect(batches).toHaveLength(1)
  })

  it.each([{ 'content-type': 'application/json' }, { ':method': 'GET' }])(
    'gets an HTTP status where it is no gRPC: %j',
    async (headers) => {
      const { grpc } = await running()
      const result = await call(grpcSession(grpc), 'traces', one, { headers })
      expect(result).toMatchObject({ headers: { ':status': 415 }, status: -1 })
    },
  )

  it('is logged once, with who sent it', async () => {
    const { grpc, lines } = await running()
    const session = grpcSession(grpc)
    for (let i = 0; i < 3; i++) await call(session, 'traces', broken)
    const told = lines().filter(({ level }) => level === 40)
    expect(told).toMatchObject([
      {
        msg: 'A request that cannot be read, its sender is told.',
        protocol: 'grpc',
        signal: 'traces',
        peer: '127.0.0.1',
      },
    ])
  })
})

describe('the size of a message', () => {
  const limited = { grpc: { max_recv_msg_size_mib: 1 } }

  it.each([
    ['as it is', (body: Buffer) => framed(body), {}],
    ['compressed', (body: Buffer) => framed(gzipSync(body), 1), { 'grpc-encoding': 'gzip' }],
  ])('may be the limit and no more, %s', async (_, frame, headers) => {
    const { grpc, batches } = await running(limited)
    const session = grpcSession(grpc)
    const fits = padded(MIB)
    expect(await call(session, 'traces', fits, { raw: frame(fits), headers })).toMatchObject({
      status: 0,
    })
    const over = frame(padded(MIB + 1))
    expect(await call(session, 'traces', fits, { raw: over, headers })).toMatchObject({
      status: 8,
      message: `request is larger than ${MIB} bytes`,
    })
    expect(batches).toHaveLength(1)
  })

  it('is refused by what the frame announces, before it comes', async () => {
    const { grpc } = await running(limited)
    const session = grpcSession(grpc)
    const raw = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff])
    expect(await call(session, 'traces', one, { raw, open: true })).toMatchObject({ status: 8 })
    // And while more of it comes than the connection lets through at once.
    const large = Buffer.concat([raw, Buffer.alloc(8 * MIB)])
    expect(await call(session, 'traces', one, { raw: large })).toMatchObject({ status: 8 })
    expect(await call(session, 'traces', one)).toMatchObject({ status: 0 })
  })

  it('of all requests together is bounded, too', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { grpc, metric } = await running({ max_pending_mib: 1, settle: () => promise })
    const session = grpcSession(grpc)
    const first = call(session, 'traces', padded(0.75 * MIB))
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) >= 0.75 * MIB)
    expect(await call(session, 'traces', padded(0.5 * MIB))).toMatchObject({
      status: 14,
      message: 'too many requests are waiting',
    })
    resolve(ACCEPTED)
    expect(await first).toMatchObject({ status: 0 })
    expect(await call(session, 'traces', padded(0.5 * MIB))).toMatchObject({ status: 0 })
    expect(metric('waggle.receiver.pending')).toEqual({ '': 0 })
  })
})

describe('a client of gRPC that goes away', () => {
  it('before its request is whole is counted, and nothing is handed on', async () => {
    const { grpc, batches, metric } = await running()
    const session = grpcSession(grpc)
    void call(session, 'traces', one, { raw: framed(one).subarray(0, 10), open: true })
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) > 0)
    session.destroy()
    await vi.waitUntil(() => metric('waggle.receiver.abandoned_requests')['grpc'] === 1)
    expect(batches).toEqual([])
    expect(metric('waggle.receiver.pending')).toEqual({ '': 0 })
  })

  it('before its answer is counted, and its data are kept', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { grpc, batches, counters, metric } = await running({ settle: () => promise })
    const session = grpcSession(grpc)
    void call(session, 'traces', one)
    await vi.waitUntil(() => batches.length === 1)
    session.destroy()
    await vi.waitUntil(() => metric('waggle.receiver.abandoned_requests')['grpc'] === 1)
    expect(metric('waggle.receiver.pending')['']).toBeGreaterThan(0)
    resolve(ACCEPTED)
    await vi.waitUntil(() => counters.out === 1)
    await vi.waitUntil(() => metric('waggle.receiver.pending')[''] === 0)
    expect(counters.held).toBe(0)
  })
})

describe('connections', () => {
  it('may be many and idle', async () => {
    const { grpc } = await running()
    const sessions = Array.from({ length: 300 }, () => grpcSession(grpc))
    const all = sessions.map((session) => call(session, 'traces', one))
    expect((await Promise.all(all)).every(({ status: code }) => code === 0)).toBe(true)
    const again = await call(sessions[150]!, 'traces', one)
    expect(again.status).toBe(0)
  })

  it('that say nothing of HTTP/2 are closed', async () => {
    const clock = new FakeClock()
    const { grpc } = await running({ clock })
    const [host, port] = grpc.split(':')
    const socket = connectTcp(Number(port), host)
    const closed = vi.fn<() => void>()
    socket
      .on('close', closed)
      .on('error', () => {})
      .resume()
    await vi.waitUntil(() => clock.next !== undefined)
    await clock.advance(9_999)
    expect(closed).not.toHaveBeenCalled()
    await clock.advance(1)
    await vi.waitUntil(() => closed.mock.calls.length === 1)
  })

  it('that speak HTTP/1.1 are closed', async () => {
    const { grpc } = await running()
    await expect(fetch(`http://${grpc}/v1/traces`)).rejects.toThrow('fetch failed')
  })
})

/** A request of one span that is `bytes` long. */
function padded(bytes: number): Buffer {
  const short = requestOf('traces', 1, '')
  const name = (length: number): Buffer => requestOf('traces', 1, 'x'.repeat(length))
  const overhead = name(bytes - 100).length - (bytes - 100)
  expect(short.length).toBeLessThan(100)
  return name(bytes - overhead)
}
