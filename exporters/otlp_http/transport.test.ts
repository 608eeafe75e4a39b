import { describe, expect, it } from 'vitest'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { startOtlpHttpSink } from '../../test/kit/otlp_http_sink.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { attempt, sinkAndTransport, transportTo } from './fixtures.ts'

cleansUp()

describe('the transport of otlp_http', () => {
  it('posts each signal to its own path, with the type and the name of a client of OTLP', async () => {
    const { sink, transport } = await sinkAndTransport()
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const body = await transport.prepare(signal, oneItem[signal])
      await expect(transport.send(signal, body, attempt())).resolves.toEqual({ kind: 'sent' })
    }
    expect(sink.received.map(({ path }) => path)).toEqual(['/v1/traces', '/v1/metrics', '/v1/logs'])
    expect([sink.spans().length, sink.points().length, sink.logs().length]).toEqual([1, 1, 1])
    expect(sink.received[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'user-agent': 'waggle/0.1.0',
    })
  })

  it('puts the path behind that of the endpoint and lets a signal have its own URL', async () => {
    const sink = await startOtlpHttpSink()
    const { transport } = await transportTo({
      endpoint: `${sink.endpoint}/otlp/?key=1`,
      logs_endpoint: `${sink.endpoint}/loki/logs`,
    })
    await transport.send('traces', oneItem.traces, attempt())
    await transport.send('logs', oneItem.logs, attempt())
    expect(sink.received.map(({ path }) => path)).toEqual(['/otlp/v1/traces?key=1', '/loki/logs'])
  })

  it('sends nothing for a signal without an endpoint', async () => {
    const { transport } = await transportTo({ traces_endpoint: 'http://127.0.0.1:1/v1/traces' })
    await expect(transport.send('logs', oneItem.logs, attempt())).resolves.toEqual({
      kind: 'rejected',
      reason: 'no endpoint for logs',
    })
  })

  it('sends the configured headers, and those that make the request what it is', async () => {
    const headers = { Authorization: 'Bearer sesame\n', 'content-type': 'text/plain' }
    const { sink, send } = await sinkAndTransport({}, { headers })
    await send()
    expect(sink.received[0]?.headers).toMatchObject({
      authorization: 'Bearer sesame',
      'content-type': 'application/x-protobuf',
    })
  })

  it.each(['gzip', 'zstd', 'deflate', 'zlib', 'none'])(
    'compresses with %s',
    async (compression) => {
      const { sink, send } = await sinkAndTransport({}, { compression })
      await send()
      const expected = { none: 'identity', zlib: 'deflate' }[compression] ?? compression
      expect(sink.received[0]?.encoding).toBe(expected)
      expect(sink.spans()).toHaveLength(1)
    },
  )

  it.each([
    ['gzip', 9, 0],
    ['zstd', 19, 1],
  ])('compresses %s harder when told so', async (compression, hard, easy) => {
    const sizeAt = async (level: number) => {
      const given = { compression, compression_params: { level } }
      const { sink, transport, send } = await sinkAndTransport({}, given)
      const body = Buffer.concat(Array.from({ length: 500 }, () => oneItem.traces))
      await send(body)
      expect(transport).toBeDefined()
      return sink.received[0]!.wireBytes
    }
    expect(await sizeAt(hard)).toBeLessThanOrEqual(await sizeAt(easy))
  })

  it('uses one connection again and again', async () => {
    const { sink, send } = await sinkAndTransport()
    for (let n = 0; n < 5; n++) await send()
    expect(sink.connections).toBe(1)
  })

  it('uses as many connections as requests at the same time, or as many as it may', async () => {
    for (const [max_conns_per_host, expected] of [
      [0, 6],
      [2, 2],
    ] as const) {
      const { sink, send } = await sinkAndTransport({}, { max_conns_per_host })
      sink.answerWith({ kind: 'ok', delayMs: 20 })
      await Promise.all(Array.from({ length: 6 }, () => send()))
      expect(sink.connections).toBe(expected)
    }
  })

  it('makes a connection for each request when told so', async () => {
    const { sink, send } = await sinkAndTransport({}, { disable_keep_alives: true })
    for (let n = 0; n < 3; n++) await send()
    expect(sink.connections).toBe(3)
  })

  it('closes a connection that has had no request for idle_conn_timeout', async () => {
    const { sink, send } = await sinkAndTransport({}, { idle_conn_timeout: '20ms' })
    await send()
    await new Promise((resolve) => void setTimeout(resolve, 60))
    await send()
    expect(sink.connections).toBe(2)
  })
})
