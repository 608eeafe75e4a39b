import { createServer, connect, type Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { startOtlpSink } from '../kit/otlp_sink.ts'
import type { SpanView } from '../kit/otlp.ts'
import { startNginx } from '../kit/servers.ts'

cleansUp()

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']
const STATUSES = [200, 201, 204, 301, 304, 400, 403, 404, 418, 500, 502, 503]
const REQUESTS = 10_000
const CONNECTIONS = 16

/** `METHOD path status` of many requests, as a sorted list, so that a difference shows the line. */
function lines(rows: readonly { method: string; path: string; status: number }[]): string[] {
  return rows.map(({ method, path, status }) => `${method} ${path} ${status}`).toSorted()
}

function lineOf(span: SpanView): { method: string; path: string; status: number } {
  const full = span.attributes['url.full']
  return {
    method: String(span.attributes['http.request.method']),
    path: full === undefined ? String(span.attributes['url.path']) : new URL(String(full)).pathname,
    status: Number(span.attributes['http.response.status_code']),
  }
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('what the agent says', () => {
  it(
    'equals the access log of nginx line by line for 10,000 requests',
    { timeout: 180_000 },
    async () => {
      const locations = STATUSES.map(
        (status) => `location = /s/${status} { return ${status} "x"; }`,
      )
      const nginx = await startNginx({ accessLog: true, workers: 2, server: locations.join('\n') })
      const sink = await startOtlpSink()
      const agent = await startAgent(`
receivers: { ebpf_http: }
processors: { protocol_inference: , batch: }
exporters: { otlp_grpc: { endpoint: "${sink.endpoint}", tls: { insecure: true } } }
service:
  pipelines:
    traces:
      receivers: [ebpf_http]
      processors: [protocol_inference, batch]
      exporters: [otlp_grpc]
`)
      const origin = `http://127.0.0.1:${nginx.port}`
      const clients = Array.from({ length: CONNECTIONS }, () => keepAliveClient(origin))
      await Promise.all(
        clients.map(async (client, start) => {
          for (let i = start; i < REQUESTS; i += CONNECTIONS) {
            const method = METHODS[i % METHODS.length]!
            const body = method === 'POST' || method === 'PUT' ? { body: 'b'.repeat(i % 3000) } : {}
            await client.send(`/s/${STATUSES[i % STATUSES.length]}?i=${i}`, { method, ...body })
          }
        }),
      )
      for (const client of clients) client.close()
      const { exit, totals } = await agent.stop()

      const spans = sink
        .spans()
        .filter((span) =>
          [span.attributes['network.local.port'], span.attributes['network.peer.port']].includes(
            nginx.port,
          ),
        )
      const log = nginx.accessLog().map(({ method, uri, status }) => ({
        method,
        path: uri.split('?')[0]!,
        status,
      }))
      expect(log).toHaveLength(REQUESTS)
      const servers = spans.filter((span) => span.kind === 'server')
      const clientSpans = spans.filter((span) => span.kind === 'client')
      expect(lines(servers.map(lineOf))).toEqual(lines(log))
      expect(lines(clientSpans.map(lineOf))).toEqual(lines(log))
      const byId = new Map(clientSpans.map((span) => [span.spanId, span]))
      const strangers = servers.filter(
        (span) => byId.get(span.parentSpanId)?.traceId !== span.traceId,
      )
      expect(strangers).toEqual([])
      expect(new Set(spans.map((span) => span.traceId)).size).toBe(REQUESTS)
      expect(exit.code, totals).toBe(0)
    },
  )

  it(
    '[0.10] recognises HTTP/1.x by its bytes and takes nothing else for it',
    { timeout: 60_000 },
    async () => {
      const agent = await startAgent()
      const http = await replay(CONVERSATIONS.http)
      const others = await Promise.all(CONVERSATIONS.others.map(replay))
      await eventually(() => expect(agent.spans().filter(at(http))).toHaveLength(2))
      const { totals } = await agent.stop()
      const spans = agent.spans()
      expect(
        spans.filter(at(http)).map((span) => span.attributes['network.protocol.version']),
      ).toEqual(['1.1', '1.1'])
      for (const port of others) expect(spans.filter(at(port)), totals).toEqual([])
    },
  )
})

/** True for spans of either end of a connection to the port. */
function at(port: number): (span: SpanView) => boolean {
  return ({ attributes }) =>
    attributes['network.local.port'] === port || attributes['network.peer.port'] === port
}

type Turn = Buffer | string
/** What the client and the server send in turn, the client first. */
type Conversation = readonly Turn[]

/** The first bytes of conversations in several protocols, as their specifications give them. */
const CONVERSATIONS: { http: Conversation; others: readonly Conversation[] } = {
  http: [
    'GET /replay HTTP/1.1\r\nHost: replay.test\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  ],
  others: [
    // Redis serialization protocol, and its inline commands, which begin as a request does
    ['*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n', '$5\r\nvalue\r\n'],
    ['GET key\r\n', '$5\r\nvalue\r\n'],
    // memcached's text protocol
    ['get key\r\n', 'END\r\n'],
    // TLS 1.2 record layer, handshake (RFC 5246 section 6.2), then noise
    [tlsRecord(22), tlsRecord(22), tlsRecord(23), tlsRecord(23)],
    // HTTP/2 connection preface (RFC 9113 section 3.4) and an empty SETTINGS frame
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', '\0\0\0\x04\0\0\0\0\0'],
    // SMTP (RFC 5321), SSH (RFC 4253), PostgreSQL's start-up message
    ['EHLO client.test\r\n', '250 server.test\r\n'],
    ['SSH-2.0-test\r\n', 'SSH-2.0-test\r\n'],
    [Buffer.from('0000000800030000', 'hex'), Buffer.from('5200000008000000005a0000000549', 'hex')],
    // RTSP (RFC 2326) and SIP (RFC 3261), which look much alike and are not HTTP
    ['OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n', 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n'],
    ['OPTIONS sip:a@b SIP/2.0\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'],
    // an answer to a question nobody asked, and noise
    ['hello', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ...Array.from({ length: 20 }, () => [randomBytes(300), randomBytes(300), randomBytes(9)]),
  ],
}

function tlsRecord(type: number): Buffer {
  const payload = randomBytes(200)
  const head = Buffer.from([type, 3, 3, 0, payload.length])
  return Buffer.concat([head, payload])
}

/** Plays a conversation over a connection of its own; returns the server's port. */
async function replay(turns: Conversation): Promise<number> {
  const server = createServer((socket) => void play(socket, turns, 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  await once(client, 'connect')
  await play(client, turns, 0)
  server.close()
  return port
}

/** One side's part: sends its turns, and waits for the other's in between. */
async function play(socket: Socket, turns: Conversation, side: 0 | 1): Promise<void> {
  socket.on('error', () => {})
  for (const [i, turn] of turns.entries()) {
    if (i % 2 === side) socket.write(turn)
    else await received(socket, Buffer.byteLength(turn))
  }
  socket.end()
  socket.resume()
}

async function received(socket: Socket, bytes: number): Promise<void> {
  for (let got = 0; got < bytes;) {
    const chunk = socket.read() as Buffer | null
    if (chunk) got += chunk.length
    else await once(socket, 'readable')
  }
}
