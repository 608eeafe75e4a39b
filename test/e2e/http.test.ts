import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { curl, keepAliveClient } from '../kit/clients.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { twoHosts } from '../kit/hosts.ts'
import type { SpanView } from '../kit/otlp.ts'
import { freePort } from '../kit/processes.ts'
import { type Server, startNginx, startNodeServer, startPythonHttpServer } from '../kit/servers.ts'

cleansUp()

/** Both ends of the exchanges with a server, once `count` of each are there. */
async function bothEnds(
  agent: Agent,
  port: number,
  count = 1,
): Promise<{ clients: SpanView[]; servers: SpanView[] }> {
  return eventually(
    () => {
      const all = agent.spans()
      const servers = all.filter(
        (s) => s.kind === 'server' && s.attributes['network.local.port'] === port,
      )
      const clients = all.filter(
        (s) => s.kind === 'client' && s.attributes['network.peer.port'] === port,
      )
      expect({ servers: servers.length, clients: clients.length }).toEqual({
        servers: count,
        clients: count,
      })
      return { clients, servers }
    },
    { timeoutMs: 5000 },
  )
}

function expectPair({ clients, servers }: { clients: SpanView[]; servers: SpanView[] }): void {
  for (const server of servers) {
    const client = clients.find((span) => span.spanId === server.parentSpanId)
    expect(client?.traceId).toBe(server.traceId)
    expect(client?.parentSpanId).toBe('')
    expect(server.startNs).toBeGreaterThanOrEqual(client!.startNs)
  }
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('HTTP/1.x seen in the kernel', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const servers: [string, (host: string) => Promise<Server>, string, number][] = [
    ['python3 -m http.server', (host) => startPythonHttpServer({ host }), 'http.server', 404],
    ['nginx', startNginxOn, 'nginx', 404],
    ['Node', (host) => startNodeServer({ host }), 'http_server', 200],
  ]
  describe.each(servers)('[2.7] of %s', (_, startServer, service, status) => {
    it.each(['127.0.0.1', '::1'])('is reported once at each end over %s', async (host) => {
      const { port, pid } = await startServer(host)
      const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      const before = BigInt(Date.now()) * 1_000_000n
      await curl(['-s', `http://${authority}/x?y=secret`])
      const after = BigInt(Date.now() + 1) * 1_000_000n

      const ends = await bothEnds(agent, port)
      expectPair(ends)
      const [server] = ends.servers
      const [client] = ends.clients
      expect(server!.name).toBe('GET')
      expect(server!.attributes).toMatchObject({
        'http.request.method': 'GET',
        'url.path': '/x',
        'url.scheme': 'http',
        'http.response.status_code': status,
        'server.address': host,
        'server.port': port,
        'client.address': host,
        'network.peer.address': host,
      })
      expect(client!.attributes).toMatchObject({
        'http.request.method': 'GET',
        'url.full': `http://${authority}/x`,
        'http.response.status_code': status,
        'server.address': host,
        'server.port': port,
      })
      expect(client!.status.code).toBe(status === 404 ? 'error' : 'unset')
      expect(client!.attributes['error.type']).toBe(status === 404 ? '404' : undefined)
      expect(server!.status.code).toBe('unset')
      expect(server!.resource['service.name']).toBe(service)
      expect(client!.resource['service.name']).toBe('curl')
      const pids = [pid, ...(service === 'nginx' ? [server!.resource['process.pid']] : [])]
      expect(pids).toContain(server!.resource['process.pid'])
      for (const span of [server!, client!]) {
        expect(span.startNs).toBeGreaterThanOrEqual(before - 1_000_000n)
        expect(span.endNs).toBeLessThanOrEqual(after + 1_000_000n)
        expect(JSON.stringify(span.attributes)).not.toContain('secret')
      }
    })
  })

  async function startNginxOn(host: string): Promise<Server> {
    const port = await freePort()
    const listen = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    return startNginx({ listen: [listen] })
  }

  it('is reported at both ends across two network namespaces', async () => {
    const [one, two] = await twoHosts()
    for (const host of [two.ipv4, two.ipv6]) {
      const { port } = await startPythonHttpServer({ host, netns: two.netns })
      const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
      await curl(['-s', `http://${authority}/x?y=1`], { netns: one.netns })
      const ends = await bothEnds(agent, port)
      expectPair(ends)
      expect(ends.servers[0]!.attributes['url.path']).toBe('/x')
      expect(ends.servers[0]!.attributes['client.address']).toBe(
        host.includes(':') ? one.ipv6 : one.ipv4,
      )
    }
  })

  it('is reported request by request on a connection that is kept alive', async () => {
    const { port } = await startNodeServer()
    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    for (let i = 0; i < 20; i++) await client.send(`/status/${200 + i}`)
    client.close()
    const ends = await bothEnds(agent, port, 20)
    expectPair(ends)
    expect(new Set(ends.servers.map((span) => span.traceId)).size).toBe(20)
    const statuses = ends.servers.map((span) => span.attributes['http.response.status_code'])
    expect(new Set(statuses)).toEqual(new Set(Array.from({ length: 20 }, (_, i) => 200 + i)))
  })

  const bodies: [string, string[], number, number][] = [
    ['a body with Content-Length', ['/length/100000'], 0, 100_000],
    ['a chunked body', ['/chunked/50'], 0, -1],
    ['a body that is sent', ['--data-binary', 'x'.repeat(5000), '/echo'], 5000, 5000],
    [
      'a chunked body that is sent',
      ['-H', 'Transfer-Encoding: chunked', '-d', 'abc', '/echo'],
      3,
      3,
    ],
    ['HEAD', ['-I', '/length/100000'], 0, 0],
    ['204', ['/status/204'], 0, 0],
    ['304', ['/status/304'], 0, 0],
    ['100-continue', ['-H', 'Expect: 100-continue', '-d', 'abcd', '/continue'], 4, -1],
  ]
  it.each(bodies)('has the right sizes and ends for %s', async (_, args, sent, received) => {
    const { port } = await startNodeServer()
    const path = args.at(-1)!
    const flags = ['-s', '-o', '/dev/null', '-w', '%{size_download}', ...args.slice(0, -1)]
    const { stdout } = await curl([...flags, `http://127.0.0.1:${port}${path}`])
    const ends = await bothEnds(agent, port)
    expectPair(ends)
    const downloaded = args.includes('-I') ? 0 : Number(stdout)
    for (const span of [...ends.servers, ...ends.clients]) {
      expect(span.attributes['http.request.body.size']).toBe(sent)
      expect(span.attributes['http.response.body.size']).toBe(downloaded)
    }
    if (received >= 0) expect(downloaded).toBe(received)
  })

  const failures: [string, string, string, RegExp, number | undefined][] = [
    ['before a response', '-m0.3', '/hang', /^(no_response|ECONNRESET|EPIPE)$/, undefined],
    ['inside the response', '-m5', '/close', /^(response_incomplete|ECONNRESET)$/, 200],
  ]
  it.each(failures)(
    'says so when the connection closed %s',
    async (_, flag, path, error, status) => {
      const { port } = await startNodeServer()
      await curl(['-s', flag, `http://127.0.0.1:${port}${path}`]).catch(() => {})
      const { clients, servers } = await bothEnds(agent, port)
      expectPair({ clients, servers })
      for (const span of [...clients, ...servers]) {
        expect(span.status.code).toBe('error')
        expect(span.attributes['http.response.status_code']).toBe(status)
        expect(span.attributes['error.type']).toMatch(error)
      }
    },
  )

  it('joins the trace of a traceparent header, and takes over its tracestate', async () => {
    const { port } = await startNodeServer()
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const header = `traceparent: 00-${traceId}-00f067aa0ba902b7-01`
    const states = ['tracestate: vendor=x, ot=th:8;rv:9b8233f7e3a151', 'TraceState: other=y']
    const headers = [header, ...states].flatMap((line) => ['-H', line])
    await curl(['-s', ...headers, `http://127.0.0.1:${port}/status/200`])
    const { clients, servers } = await bothEnds(agent, port)
    const traceState = 'vendor=x,ot=rv:9b8233f7e3a151,other=y'
    expect(clients[0]).toMatchObject({ traceId, traceState, parentSpanId: '00f067aa0ba902b7' })
    expect(servers[0]).toMatchObject({ traceId, traceState, parentSpanId: clients[0]!.spanId })
  })
})
