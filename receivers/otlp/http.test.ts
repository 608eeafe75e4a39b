import { request } from 'node:http'
import { connect } from 'node:net'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { readRpcStatus } from '../../src/helpers/otlp_answer.ts'
import { ACCEPTED, type Outcome } from '../../src/pdata/delivery.ts'
import { decodeAnswer } from '../../test/kit/otlp.ts'
import { post, requestOf, running } from './fixtures.ts'

const MIB = 1024 * 1024
const PATHS = { traces: '/v1/traces', metrics: '/v1/metrics', logs: '/v1/logs' } as const
const JSON_TYPE = { 'content-type': 'application/json' }
const one = requestOf('traces')
const json = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"GET /"},{"name":"GET /b"}]}]}]}'

async function answerOf(response: Response): Promise<[number, string, Buffer]> {
  const type = response.headers.get('content-type') ?? ''
  return [response.status, type, Buffer.from(await response.arrayBuffer())]
}

describe('OTLP/HTTP', () => {
  it.each(['traces', 'metrics', 'logs'] as const)('takes %s as they came', async (signal) => {
    const { http, batches, counters } = await running()
    const body = requestOf(signal, 3)
    const response = await post(http, PATHS[signal], body)
    expect(await answerOf(response)).toEqual([200, 'application/x-protobuf', Buffer.alloc(0)])
    expect(batches).toMatchObject([{ kind: signal, itemCount: 3, encoded: body }])
    expect(counters.of(signal, 'http')).toMatchObject({ in: 3, out: 3, held: 0 })
  })

  it('takes JSON, and answers in JSON', async () => {
    const { http, batches } = await running()
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const response = await post(http, '/v1/traces?x=1', json, headers)
    expect(await answerOf(response)).toEqual([200, 'application/json', Buffer.from('{}')])
    expect(batches).toMatchObject([{ kind: 'traces', itemCount: 2 }])
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zlib', deflateSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: Buffer) => body],
  ] as const)('reads bodies that are compressed with %s', async (encoding, compress) => {
    const { http, batches } = await running()
    const body = compress(requestOf('traces', 5000))
    const response = await post(http, '/v1/traces', body, { 'content-encoding': encoding })
    expect([response.status, batches[0]?.itemCount]).toEqual([200, 5000])
  })

  it('answers a request without items, and hands nothing on', async () => {
    const { http, batches } = await running()
    expect((await post(http, '/v1/logs', Buffer.alloc(0))).status).toBe(200)
    expect((await post(http, '/v1/logs', '{}', JSON_TYPE)).status).toBe(200)
    expect(batches).toEqual([])
  })

  it('listens at the configured paths only', async () => {
    const { http, batches } = await running({ http: { traces_url_path: 'spans' } })
    expect((await post(http, '/spans', one)).status).toBe(200)
    expect((await post(http, '/v1/traces', one)).status).toBe(404)
    expect(batches).toHaveLength(1)
  })

  it('sends the configured headers', async () => {
    const { http } = await running({ http: { response_headers: { 'X-Served-By': 'waggle' } } })
    const [taken, lost] = [await post(http, '/v1/traces', one), await post(http, '/', one)]
    expect([taken, lost].map(({ headers }) => headers.get('x-served-by'))).toEqual([
      'waggle',
      'waggle',
    ])
  })

  it('closes a connection after its request where that is configured', async () => {
    const { http } = await running({ http: { keep_alives_enabled: false } })
    expect((await post(http, '/v1/traces', one)).headers.get('connection')).toBe('close')
  })
})

describe('the answer over HTTP', () => {
  it.each([
    [{ kind: 'refused', reason: 'memory_limit', afterMs: 1_200 }, 429, '2', 14],
    [{ kind: 'refused', reason: 'queue_full' }, 429, null, 14],
    [{ kind: 'refused', reason: 'not started', afterMs: 5_000 }, 503, '5', 14],
    [{ kind: 'rejected', reason: 'rejected' }, 400, null, 3],
    [{ kind: 'rejected', reason: 'no_consumer' }, 404, null, 12],
    [{ kind: 'rejected', reason: 'export_failed' }, 500, null, 13],
  ] as const)('to %j', async (outcome, status, retryAfter, code) => {
    const { http } = await running({ settle: () => outcome })
    const binary = await post(http, '/v1/traces', one)
    expect([binary.status, binary.headers.get('retry-after')]).toEqual([status, retryAfter])
    const [, type, bytes] = await answerOf(binary)
    expect(type).toBe('application/x-protobuf')
    const retryAfterMs = 'afterMs' in outcome ? { retryAfterMs: outcome.afterMs } : {}
    expect(readRpcStatus(bytes)).toEqual({ message: expect.any(String) as string, ...retryAfterMs })
    const text = await post(http, '/v1/traces', json, JSON_TYPE)
    expect(text.status).toBe(status)
    expect(await text.json()).toMatchObject({ code })
  })

  it('says what was not taken of a request that was taken', async () => {
    const partial = { items: 1, message: 'too old' }
    const { http } = await running({ settle: () => ({ kind: 'accepted', partial }) })
    const [status, , bytes] = await answerOf(await post(http, '/v1/traces', one))
    expect([status, decodeAnswer('traces', bytes)]).toEqual([
      200,
      { rejected: 1n, message: 'too old' },
    ])
    const text = await post(http, '/v1/traces', json, JSON_TYPE)
    const partialSuccess = { rejectedSpans: '1', errorMessage: 'too old' }
    expect(await text.json()).toEqual({ partialSuccess })
  })
})

describe('what is no request of OTLP/HTTP', () => {
  it.each([
    ['another path', '/v1/profiles', 'POST', {}, 404, '404 page not found\n'],
    ['another method', '/v1/traces', 'GET', {}, 405, '405 method not allowed, supported: [POST]'],
    [
      'another type',
      '/v1/traces',
      'POST',
      { 'content-type': 'text/plain' },
      415,
      '415 unsupported media type, supported: [application/json, application/x-protobuf]',
    ],
  ])('is told so: %s', async (_, path, method, headers, status, text) => {
    const { http } = await running()
    const response = await fetch(`http://${http}${path}`, { method, headers })
    expect([response.status, await response.text()]).toEqual([status, text])
  })

  it.each([
    [{ 'content-encoding': 'br' }, one, 'unsupported Content-Encoding: br'],
    [{ 'content-encoding': 'gzip' }, one, 'gzip: incorrect header check'],
    [{}, Buffer.from([0x0a, 0x05, 0x0a]), 'at byte'],
  ])('has a body that cannot be read: %j', async (headers, body, message) => {
    const { http, batches } = await running()
    const [status, type, bytes] = await answerOf(await post(http, '/v1/traces', body, headers))
    expect([status, type]).toEqual([400, 'application/x-protobuf'])
    expect(readRpcStatus(bytes).message).toContain(message)
    expect(batches).toEqual([])
  })

  it.each(['', '{', '[]', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}'])(
    'is JSON that is none of OTLP: %s',
    async (body) => {
      const { http } = await running()
      const response = await post(http, '/v1/traces', body, JSON_TYPE)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ code: 3 })
    },
  )

  it('uses a compression that is not configured', async () => {
    const { http } = await running({ http: { compression_algorithms: ['gzip'] } })
    expect((await post(http, '/v1/traces', one)).status).toBe(400)
    const gzip = { 'content-encoding': 'gzip' }
    expect((await post(http, '/v1/traces', gzipSync(one), gzip)).status).toBe(200)
  })
})

describe('the size of a body', () => {
  const limited = { http: { max_request_body_size: MIB } }

  it('is refused by what the headers announce', async () => {
    const { http } = await running(limited)
    const [status, , bytes] = await answerOf(await post(http, '/v1/traces', Buffer.alloc(MIB + 1)))
    expect([status, readRpcStatus(bytes).message]).toEqual([
      413,
      `request is larger than ${MIB} bytes`,
    ])
  })

  it('is refused before it comes, where the headers say enough', async () => {
    const { http } = await running(limited)
    const client = request(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-length': MIB + 1 },
    })
    client.flushHeaders()
    const status = await new Promise((resolve) =>
      client.on('response', ({ statusCode }) => resolve(statusCode)),
    )
    expect(status).toBe(413)
    client.destroy()
  })

  it('is refused while it comes in, and the connection goes on', async () => {
    const { http } = await running(limited)
    const [host, port] = http.split(':')
    const socket = connect(Number(port), host)
    let answers = ''
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString('latin1')))
    const head = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n'
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let i = 0; i < 20; i++) socket.write(piece)
    await vi.waitUntil(() => answers.startsWith('HTTP/1.1 413 '))
    for (let i = 0; i < 20; i++) socket.write(piece)
    socket.write(`0\r\n\r\n${head}Content-Length: 0\r\n\r\n`)
    await vi.waitUntil(() => answers.includes('HTTP/1.1 200 '))
    socket.destroy()
  })

  it('is refused when it becomes too large without its compression', async () => {
    const { http, batches } = await running(limited)
    const bomb = gzipSync(Buffer.alloc(32 * MIB))
    const response = await post(http, '/v1/traces', bomb, { 'content-encoding': 'gzip' })
    expect([response.status, batches]).toEqual([413, []])
    const fits = await post(http, '/v1/traces', gzipSync(one), { 'content-encoding': 'gzip' })
    expect(fits.status).toBe(200)
  })

  it('of all requests together is bounded, too', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { http, metric } = await running({ max_pending_mib: 0.1, settle: () => promise })
    const first = post(http, '/v1/traces', requestOf('traces', 1, 'x'.repeat(80_000)))
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) >= 80_000)
    const second = await post(http, '/v1/traces', requestOf('traces', 1, 'x'.repeat(60_000)))
    expect(second.status).toBe(429)
    resolve(ACCEPTED)
    expect((await first).status).toBe(200)
    expect(metric('waggle.receiver.pending')).toEqual({ '': 0 })
  })
})

describe('a client of HTTP that goes away', () => {
  it('before its request is whole is counted, and nothing is handed on', async () => {
    const { http, batches, metric } = await running()
    const client = request(`http://${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-length': 1000 },
    })
    client.on('error', () => {})
    client.write('x')
    await vi.waitUntil(() => (metric('waggle.receiver.pending')[''] ?? 0) > 0)
    client.destroy()
    await vi.waitUntil(() => metric('waggle.receiver.abandoned_requests')['http'] === 1)
    expect([batches, metric('waggle.receiver.pending')]).toEqual([[], { '': 0 }])
  })

  it('before its answer is counted, and its data are kept', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { http, batches, counters, metric } = await running({ settle: () => promise })
    const ending = new AbortController()
    const sent = fetch(`http://${http}/v1/traces`, {
      method: 'POST',
      body: new Uint8Array(one),
      headers: { 'content-type': 'application/x-protobuf' },
      signal: ending.signal,
    }).catch(() => 'gone')
    await vi.waitUntil(() => batches.length === 1)
    ending.abort()
    expect(await sent).toBe('gone')
    await vi.waitUntil(() => metric('waggle.receiver.abandoned_requests')['http'] === 1)
    expect(metric('waggle.receiver.pending')['']).toBeGreaterThan(0)
    resolve(ACCEPTED)
    await vi.waitUntil(() => counters.out === 1)
    await vi.waitUntil(() => metric('waggle.receiver.pending')[''] === 0)
  })
})

describe('slow clients', () => {
  it('lose their connection while they are at their headers', async () => {
    const { http } = await running({ http: { read_header_timeout: '50ms' } })
    const [host, port] = http.split(':')
    const socket = connect(Number(port), host)
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-')
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('are cut off when their answer takes too long', async () => {
    const clock = new FakeClock()
    const settle = (): Promise<Outcome> => new Promise(() => {})
    const { http, batches, receiver, metric } = await running({
      http: { write_timeout: '3s' },
      settle,
      clock,
    })
    const sent = post(http, '/v1/traces', one).catch(() => 'cut off')
    await vi.waitUntil(() => batches.length === 1)
    await clock.advance(3_000)
    expect(await sent).toBe('cut off')
    await vi.waitUntil(() => metric('waggle.receiver.abandoned_requests')['http'] === 1)
    await receiver.shutdown()
  })
})

it('holds many idle connections', async () => {
  const { http } = await running()
  const [host, port] = http.split(':')
  const sockets = Array.from({ length: 1000 }, () => connect(Number(port), host))
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))))
  expect((await post(http, '/v1/traces', one)).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})
