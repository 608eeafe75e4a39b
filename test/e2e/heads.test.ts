import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import type { SpanView } from '../kit/otlp.ts'

cleansUp()

/** A server that sends `answer` for each request of `bytes` bytes; returns its port. */
async function answering(sizes: number[], answer: string): Promise<number> {
  const server = createServer((socket) => {
    let got = 0
    let next = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      got += chunk.length
      if (got < (sizes[next] ?? 0)) return
      got = 0
      next++
      socket.write(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  return (server.address() as { port: number }).port
}

async function ask(socket: Socket, request: string): Promise<void> {
  socket.write(request)
  await once(socket, 'data')
}

/** The spans of the one exchange with the server on `port`, once both are there. */
function bothEnds(agent: Agent, port: number): Promise<SpanView[]> {
  return eventually(() => {
    const both = agent
      .spans()
      .filter(({ attributes }) =>
        [attributes['network.local.port'], attributes['network.peer.port']].includes(port),
      )
    expect(both).toHaveLength(2)
    return both
  })
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('a head', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it('is understood wherever the pieces that it is read in are cut', async () => {
    // Lines of 40 bytes put the start of a line into each place of a piece; a piece has 512 bytes.
    const line = `X-Filler: ${'f'.repeat(28)}\r\n`
    const requests = Array.from({ length: 160 }, (_, i) => {
      const filler = line.repeat(10 + (i % 26)) + `X-Pad: ${'p'.repeat(i % 67)}\r\n`
      const body = 'b'.repeat(i + 1)
      return `POST /${i} HTTP/1.1\r\n${filler}Content-Length: ${body.length}\r\n\r\n${body}`
    })
    const sizes = requests.map((request) => request.length)
    const port = await answering(sizes, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    const socket = connect(port, '127.0.0.1')
    for (const request of requests) await ask(socket, request)
    socket.destroy()
    const seen = await eventually(() => {
      const spans = agent.spans().filter((span) => span.attributes['network.local.port'] === port)
      expect(spans).toHaveLength(requests.length)
      return spans
    })
    const sizeOf = new Map(
      seen.map(({ attributes }) => [attributes['url.path'], attributes['http.request.body.size']]),
    )
    expect(requests.map((_, i) => sizeOf.get(`/${i}`))).toEqual(requests.map((_, i) => i + 1))
  })

  it('whose answer has more chunks in a packet than are followed says no size of it', async () => {
    const request = 'GET /chunks HTTP/1.1\r\nHost: h\r\n\r\n'
    const chunks = '1\r\nx\r\n'.repeat(300)
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
    const port = await answering([request.length], `${head}${chunks}0\r\n\r\n`)
    const socket = connect(port, '127.0.0.1')
    await ask(socket, request)
    socket.destroy()
    const spans = await bothEnds(agent, port)
    for (const { attributes } of spans) {
      expect(attributes['http.response.status_code']).toBe(200)
      expect(attributes).not.toHaveProperty('http.response.body.size')
    }
  })

  it('that gets an answer in another protocol is reported as one without response', async () => {
    const request = 'GET /lost HTTP/1.1\r\nHost: h\r\n\r\n'
    const port = await answering([request.length], 'HTTP/9.x nonsense\r\n\r\n')
    const socket = connect(port, '127.0.0.1')
    await ask(socket, request)
    socket.destroy()
    const spans = await bothEnds(agent, port)
    for (const { attributes, status } of spans) {
      expect(attributes['error.type']).toMatch(/^(no_response|ECONNRESET)$/)
      expect(status.code).toBe('error')
    }
    const { exit } = await agent.stop()
    expect(exit.code).toBe(0)
    expect(agent.program.stderr).toMatch(
      /The kernel met what it could not read as HTTP\/1\.x\..* not_http=([2-9]|\d\d)/,
    )
  })
})
