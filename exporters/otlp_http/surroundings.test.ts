import { createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import type { ClientAuth } from '../../src/component/auth.ts'
import { NO_HOST } from '../../src/component/host.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp } from '../../test/kit/fixtures.ts'
import { startOtlpHttpSink } from '../../test/kit/otlp_http_sink.ts'
import { oneItem } from '../../test/kit/otlp_requests.ts'
import { attempt, sinkAndTransport, transportTo } from './fixtures.ts'

cleansUp()

describe('the transport of otlp_http and JSON', () => {
  it('sends each signal as JSON', async () => {
    const { sink, transport } = await sinkAndTransport({}, { encoding: 'json' })
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const body = await transport.prepare(signal, oneItem[signal])
      await expect(transport.send(signal, body, attempt())).resolves.toEqual({ kind: 'sent' })
    }
    expect(sink.received.map(({ format }) => format)).toEqual(['json', 'json', 'json'])
    expect([sink.spans().length, sink.points()[0]?.value, sink.logs()[0]?.body]).toEqual([
      1,
      7,
      'hello',
    ])
  })

  it('reads answers in JSON', async () => {
    const { sink, send } = await sinkAndTransport({}, { encoding: 'json', compression: 'none' })
    sink.script(
      { kind: 'partial', rejected: 3n, message: 'too old' },
      { kind: 'status', code: 400, message: 'bad span' },
    )
    await expect(send()).resolves.toEqual({ kind: 'sent', rejected: 3, message: 'too old' })
    await expect(send()).resolves.toEqual({
      kind: 'rejected',
      reason: 'HTTP 400 Bad Request: bad span',
    })
  })
})

describe('the transport of otlp_http and what is around it', () => {
  it('sends the headers that an extension gives, and tries again later without them', async () => {
    const headers = vi.fn<ClientAuth['headers']>(async () => ({ authorization: 'Bearer sesame' }))
    const auth: ClientAuth = { headers }
    const host = { ...NO_HOST, extension: () => auth }
    const given = { auth: { authenticator: 'oauth2client' } }
    const { sink, send } = await sinkAndTransport({}, given, { host })
    await send()
    expect(sink.received[0]?.headers.authorization).toBe('Bearer sesame')
    headers.mockRejectedValueOnce(new Error('no token'))
    await expect(send()).resolves.toEqual({
      kind: 'retry',
      reason: 'get the headers of oauth2client: no token',
    })
  })

  it('does not start when a pipeline has no endpoint for its signal', async () => {
    const pipeline = {
      kind: 'logs',
      receivers: [],
      processors: [],
      exporters: ['otlp_http'],
    } as const
    const host = { ...NO_HOST, pipelines: () => [{ ...pipeline, id: 'logs/all' }] }
    const started = transportTo({ traces_endpoint: 'http://127.0.0.1:1/v1/traces' }, { host })
    await expect(started).rejects.toThrow(
      'expected endpoint or logs_endpoint for the pipeline logs/all',
    )
  })

  it('goes through a proxy', async () => {
    const proxy = await startProxy()
    const tls = await startOtlpHttpSink({ security: 'tls' })
    const plain = await startOtlpHttpSink()
    const { transport } = await transportTo({
      traces_endpoint: `${plain.endpoint}/v1/traces`,
      logs_endpoint: `${tls.endpoint}/v1/logs`,
      tls: { ca_file: tls.certificates!.caFile },
      proxy_url: proxy.url,
    })
    await expect(transport.send('traces', oneItem.traces, attempt())).resolves.toEqual({
      kind: 'sent',
    })
    await expect(transport.send('logs', oneItem.logs, attempt())).resolves.toEqual({ kind: 'sent' })
    expect([plain.spans().length, tls.logs().length]).toEqual([1, 1])
    expect(proxy.asked).toEqual([
      `POST ${plain.endpoint}/v1/traces`,
      `CONNECT 127.0.0.1:${tls.port}`,
    ])
  })
})

/** A proxy that notes what it is asked for. */
async function startProxy() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { method, headers } = request
    const onwards = httpRequest(request.url!, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onwards)
  })
  server.on('connect', ({ method, url = '' }, socket) => {
    asked.push(`${method} ${url}`)
    const [host, port] = url.split(':')
    const onwards = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(onwards).pipe(socket)
    })
    atEnd('tunnel', () => void onwards.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  atEnd('proxy', () => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
