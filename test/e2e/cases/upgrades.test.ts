import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { ANY, exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { freePort } from '../../kit/processes.ts'
import { message, request, response } from '../../kit/messages.ts'
import { rawPair, rawClient, pass } from '../../kit/raw.ts'
import { startNodeServer } from '../../kit/servers.ts'

cleansUp({ alone: true })

const HTTP = request('GET', '/inside') + response(200, 'inside')

/** A text frame of WebSocket (RFC 6455 section 5.2), unmasked and shorter than 64 KiB. */
function frame(text: string): string {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return `\x81\x7e${length.toString('latin1')}${text}`
}

describe.skipIf(!runsAgent())('a connection that leaves HTTP', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
  const switched = message('HTTP/1.1 101 Switching Protocols', {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
  })
  const handshake = exchange('/socket', { status: 101, received: ANY })

  it('for WebSocket ends with its handshake, whatever the frames look like', async () => {
    const pair = await rawPair()
    const first = await plainExchange(pair, '/before')
    await pass(pair.client, pair.server, request('GET', '/socket', '', upgrade))
    await pass(pair.server, pair.client, switched)
    const told = Date.now()
    for (let i = 0; i < 5; i++) {
      await pass(pair.client, pair.server, frame(HTTP))
      await pass(pair.server, pair.client, frame(HTTP))
      await pass(pair.client, pair.server, request('GET', '/inside'))
      await pass(pair.server, pair.client, response(200, 'inside'))
    }
    // It is reported while the connection is still open, and ends when it was answered.
    const ends = await expectExchanges(agent, pair.port, [first, handshake])
    for (const span of [ends.clients[1]!, ends.servers[1]!]) {
      expect(Number(span.endNs / 1_000_000n)).toBeLessThanOrEqual(told + 5)
    }
    await pair.close()
    await expectExchanges(agent, pair.port, [first, handshake])
  })

  it('for WebSocket may have its first frame in the segment of the 101', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('GET', '/socket', '', upgrade))
    await pass(pair.server, pair.client, switched + HTTP + frame(HTTP))
    await pass(pair.client, pair.server, HTTP)
    await pair.close()
    await expectExchanges(agent, pair.port, [handshake])
  })

  it('stays with HTTP when the upgrade is not granted', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('GET', '/socket', '', upgrade))
    await pass(pair.server, pair.client, response(426, 'no'))
    const next = await plainExchange(pair)
    await pair.close()
    await expectExchanges(agent, pair.port, [
      exchange('/socket', { status: 426, received: 2 }),
      next,
    ])
  })

  it('by CONNECT ends with the 200, and what is inside is reported beyond the proxy', async () => {
    const origin = await startNodeServer()
    const proxy = await connectProxy(origin.port)
    const client = await rawClient(proxy)
    await client.send(message(`CONNECT 127.0.0.1:${origin.port} HTTP/1.1`, { Host: 'proxy.test' }))
    await client.takeUntil('\r\n\r\n')
    for (const length of [10, 20]) {
      await client.send(request('GET', `/length/${length}`))
      await client.takeUntil('x'.repeat(length))
    }
    client.close()
    const tunnel = exchange('', { method: 'CONNECT', path: expect.any(String), received: ANY })
    await expectExchanges(agent, proxy, [tunnel])
    await expectExchanges(agent, origin.port, [
      exchange('/length/10', { received: 10 }),
      exchange('/length/20', { received: 20 }),
    ])
  })

  it('by CONNECT stays with HTTP as long as it is refused', async () => {
    const pair = await rawPair()
    const question = message('CONNECT origin.test:443 HTTP/1.1', { Host: 'origin.test:443' })
    await pass(pair.client, pair.server, question)
    await pass(pair.server, pair.client, response(407, 'who are you?'))
    const between = await plainExchange(pair)
    await pass(pair.client, pair.server, question)
    await pass(pair.server, pair.client, message('HTTP/1.1 200 Connection established'))
    await pass(pair.client, pair.server, HTTP)
    await pass(pair.server, pair.client, HTTP)
    await pair.close()
    const asked = exchange('', { method: 'CONNECT', path: expect.any(String) })
    await expectExchanges(agent, pair.port, [
      { ...asked, status: 407, received: 12 },
      between,
      { ...asked, status: 200, received: ANY },
    ])
  })
})

/** A proxy that knows CONNECT alone; returns its port. */
async function connectProxy(origin: number): Promise<number> {
  const proxy = createServer((inside) => {
    inside.once('data', () => {
      const outside = connect(origin, '127.0.0.1', () => {
        inside.write('HTTP/1.1 200 Connection established\r\n\r\n')
        inside.pipe(outside).pipe(inside)
      })
      for (const socket of [inside, outside]) socket.on('error', () => {})
    })
  })
  const port = await freePort()
  proxy.listen(port, '127.0.0.1')
  await once(proxy, 'listening')
  proxy.unref()
  return port
}
