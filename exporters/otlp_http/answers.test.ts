import { STATUS_CODES } from 'node:http'
import { describe, expect, it } from 'vitest'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { attempt, sinkAndTransport } from './fixtures.ts'

cleansUp()

describe('the transport of otlp_http and what servers answer', () => {
  const codes = Object.keys(STATUS_CODES).map(Number)

  it('retries exactly the statuses that OTLP names', async () => {
    const { sink, send } = await sinkAndTransport()
    const retried: number[] = []
    for (const code of codes.filter((code) => code >= 200)) {
      sink.script({ kind: 'status', code })
      const { kind } = await send()
      if (kind === 'retry') retried.push(code)
      if (code < 300) expect(kind).toBe('sent')
    }
    expect(retried).toEqual([429, 502, 503, 504])
  })

  it("says the server's own words, from a status in protobuf or from text", async () => {
    const { sink, send } = await sinkAndTransport({}, { compression: 'none' })
    sink.script(
      { kind: 'status', code: 400, message: 'bad span' },
      { kind: 'status', code: 401, text: 'no\n  token' },
      { kind: 'status', code: 503, message: 'later' },
    )
    expect([await send(), await send(), await send()]).toEqual([
      { kind: 'rejected', reason: 'HTTP 400 Bad Request: bad span' },
      { kind: 'rejected', reason: 'HTTP 401 Unauthorized: no token' },
      { kind: 'retry', reason: 'HTTP 503 Service Unavailable: later' },
    ])
  })

  it('reads Retry-After', async () => {
    const { sink, send } = await sinkAndTransport()
    sink.script({ kind: 'status', code: 429, headers: { 'retry-after': '7' } })
    await expect(send()).resolves.toEqual({
      kind: 'retry',
      reason: 'HTTP 429 Too Many Requests',
      afterMs: 7_000,
    })
  })

  it('reads a partial success', async () => {
    const { sink, send } = await sinkAndTransport()
    sink.script({ kind: 'partial', rejected: 3n, message: 'too old' })
    await expect(send()).resolves.toEqual({ kind: 'sent', rejected: 3, message: 'too old' })
  })

  it('does not follow a redirect', async () => {
    const { sink, send } = await sinkAndTransport()
    const headers = { location: 'https://elsewhere.example/v1/traces' }
    sink.script({ kind: 'status', code: 307, headers })
    await expect(send()).resolves.toEqual({
      kind: 'rejected',
      reason:
        'HTTP 307 Temporary Redirect: redirects to https://elsewhere.example/v1/traces, which is not followed; set the endpoint to it',
    })
    expect(sink.received).toHaveLength(1)
  })

  it('warns once of a server that answers with a page', async () => {
    const { sink, logged, send } = await sinkAndTransport()
    sink.answerWith({ kind: 'body', type: 'text/html', body: Buffer.from('<h1>Welcome</h1>') })
    expect([await send(), await send()]).toEqual([{ kind: 'sent' }, { kind: 'sent' }])
    expect(logged).toEqual([
      `warn  What answers here may be no OTLP server. url=${sink.endpoint}/v1/traces content_type=text/html`,
    ])
  })

  it('takes bytes that are no answer of OTLP for a success', async () => {
    const { sink, send } = await sinkAndTransport()
    const body = Buffer.from('\u00ff\u00ff')
    sink.script({ kind: 'body', type: 'application/x-protobuf', body })
    await expect(send()).resolves.toEqual({ kind: 'sent' })
  })

  it('reads no more of an answer than 64 KiB, and closes a connection on which more would come', async () => {
    const { sink, send } = await sinkAndTransport()
    for (const [size, connections] of [
      [65_535, 1],
      [10_000_000, 2],
    ] as const) {
      sink.script({ kind: 'body', type: 'application/json', body: Buffer.alloc(size, ' ') })
      await expect(send()).resolves.toEqual({ kind: 'sent' })
      await expect(send()).resolves.toEqual({ kind: 'sent' })
      expect(sink.connections).toBe(connections)
    }
  })

  it.each([
    ['closes the connection', { kind: 'hang_up' }, 'socket hang up'],
    ['answers garbage', { kind: 'raw', bytes: 'hello\r\n\r\n' }, /^Parse Error: /],
    [
      'ends in the middle',
      { kind: 'raw', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx' },
      'aborted',
    ],
  ] as const)('retries when a server %s', async (_, answer, reason) => {
    const { sink, send } = await sinkAndTransport()
    sink.script(answer)
    const result = await send()
    expect(result).toEqual({
      kind: 'retry',
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    })
    expect(sink.received).toHaveLength(1)
    await expect(send()).resolves.toEqual({ kind: 'sent' })
  })

  it('retries when there is no server', async () => {
    const { sink, send } = await sinkAndTransport()
    await sink.refuse()
    await expect(send()).resolves.toEqual({
      kind: 'retry',
      reason: `connect ECONNREFUSED 127.0.0.1:${sink.port}`,
    })
  })

  it('gives up waiting for an answer after the timeout', async () => {
    const { sink, send } = await sinkAndTransport()
    sink.script({ kind: 'silence' })
    const result = await send(oneItem.traces, attempt(50))
    expect(result).toEqual({
      kind: 'retry',
      reason: expect.stringMatching(/^no answer within \d\d ms$/),
    })
    await expect(send()).resolves.toEqual({ kind: 'sent' })
  })

  it('ends an attempt when it is told to', async () => {
    const { sink, send } = await sinkAndTransport()
    sink.script({ kind: 'silence' })
    const abort = new AbortController()
    const sending = send(oneItem.traces, attempt(5_000, abort.signal))
    setTimeout(() => abort.abort(), 20)
    await expect(sending).resolves.toEqual({
      kind: 'retry',
      reason: expect.stringMatching(/^The operation was aborted/),
    })
  })

  it('takes another connection at once when the server has closed the one that waited', async () => {
    const { sink, send } = await sinkAndTransport()
    await send()
    sink.script({ kind: 'hang_up' })
    await expect(send()).resolves.toEqual({ kind: 'sent' })
    expect([sink.connections, sink.received.length]).toEqual([2, 3])
  })
})

describe('the transport of otlp_http and a server that does not know its compression', () => {
  it('sends gzip instead, and says so once', async () => {
    const options = { encodings: ['gzip', 'identity'] }
    const { sink, logged, send } = await sinkAndTransport(options, { compression: 'zstd' })
    expect([await send(), await send()]).toEqual([{ kind: 'sent' }, { kind: 'sent' }])
    expect(sink.received.map(({ encoding }) => encoding)).toEqual(['zstd', 'gzip', 'gzip'])
    expect(logged).toEqual([
      'warn  Destination does not read the configured compression. compression=zstd instead=gzip',
    ])
  })

  it('sends nothing compressed where nothing else is read', async () => {
    const { sink, send } = await sinkAndTransport({ encodings: ['identity'] })
    await expect(send()).resolves.toEqual({ kind: 'sent' })
    expect(sink.received.map(({ encoding }) => encoding)).toEqual(['gzip', 'identity'])
  })

  it('goes on compressing when something else was wrong with the request', async () => {
    const { sink, logged, send } = await sinkAndTransport()
    const bad = { kind: 'status', code: 400, message: 'bad' } as const
    sink.script(bad, bad)
    await expect(send()).resolves.toMatchObject({ kind: 'rejected' })
    await send()
    sink.script(bad)
    await send()
    expect(sink.received.map(({ encoding }) => encoding)).toEqual([
      'gzip',
      'identity',
      'gzip',
      'gzip',
    ])
    expect(logged).toEqual([])
  })
})
