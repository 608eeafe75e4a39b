import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { ANY, exchange, expectExchanges, orUnknown, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { type RawPair, rawPair, pass } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** `error.type` of an exchange whose connection ended in its middle. */
const CUT = expect.stringMatching(/^(response_incomplete|ECONNRESET|EPIPE)$/)
/** … and before a response. */
const UNANSWERED = expect.stringMatching(/^(no_response|ECONNRESET|EPIPE)$/)

describe.skipIf(!runsAgent())('the end of a connection', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it('is only half of one when the client stops sending after its request', async () => {
    const pair = await rawPair()
    const question = request('POST', '/half', 'x'.repeat(50))
    await pair.client.send(question)
    pair.client.end()
    expect(await pair.server.takeRest()).toBe(question)
    await pass(pair.server, pair.client, response(200, 'all the same'))
    await pair.close()
    const half = exchange('/half', { method: 'POST', sent: 50, received: 12 })
    await expectExchanges(agent, pair.port, [half])
  })

  it('ends a body without a length, also when the client has stopped sending long before', async () => {
    const pair = await rawPair()
    await pair.client.send(request('GET', '/rest'))
    pair.client.end()
    await pair.server.takeRest()
    await pass(pair.server, pair.client, message('HTTP/1.1 200 OK', { Connection: 'close' }))
    await pass(pair.server, pair.client, 'r'.repeat(3000))
    await pair.server.send('r'.repeat(4000))
    pair.server.end()
    expect(await pair.client.takeRest()).toHaveLength(4000)
    await pair.close()
    await expectExchanges(agent, pair.port, [exchange('/rest', { received: 7000 })])
  })

  it('ends pipelined requests that were all answered after the client stopped sending', async () => {
    const pair = await rawPair()
    const paths = ['/one', '/two', '/three']
    await pair.client.send(paths.map((path) => request('GET', path)).join(''))
    pair.client.end()
    await pair.server.takeRest()
    for (const path of paths) await pass(pair.server, pair.client, response(200, path))
    await pair.close()
    const all = paths.map((path) => exchange(path, { received: path.length }))
    await expectExchanges(agent, pair.port, all)
  })

  const bodies: [string, string][] = [
    ['Content-Length', message('HTTP/1.1 200 OK', { 'Content-Length': 1000 }) + 'x'.repeat(100)],
    [
      'chunks',
      message('HTTP/1.1 200 OK', { 'Transfer-Encoding': 'chunked' }) +
        chunked(['x'.repeat(100), 'y']).slice(0, -9),
    ],
    ['no length', message('HTTP/1.1 200 OK') + 'x'.repeat(100)],
    ['a head that is cut off', message('HTTP/1.1 200 OK', { 'Content-Length': 10 }).slice(0, 25)],
  ]
  describe.each(bodies)('within a response with %s', (name, begun) => {
    it('by a reset of the server is an error at both ends', async () => {
      const pair = await rawPair()
      await pass(pair.client, pair.server, request('GET', '/reset'))
      await pass(pair.server, pair.client, begun)
      pair.server.reset()
      await pair.client.takeRest()
      await pair.close()
      const { clients } = await expectExchanges(agent, pair.port, [
        exchange('/reset', { status: statusOf(name), received: ANY, error: CUT }),
      ])
      expect(clients[0]!.attributes['error.type']).toBe('ECONNRESET')
      expect(clients[0]!.status.code).toBe('error')
    })

    it('by a reset of the client is an error at both ends', async () => {
      const pair = await rawPair()
      await pass(pair.client, pair.server, request('GET', '/reset'))
      await pass(pair.server, pair.client, begun)
      pair.client.reset()
      await pair.server.takeRest()
      await pair.close()
      const { servers } = await expectExchanges(agent, pair.port, [
        exchange('/reset', { status: statusOf(name), received: ANY, error: CUT }),
      ])
      expect(servers[0]!.attributes['error.type']).toBe('ECONNRESET')
      expect(servers[0]!.status.code).toBe('error')
    })
  })

  /** A status is said as soon as its line was whole, and never before. */
  const statusOf = (name: string) => (name.startsWith('a head') ? orUnknown(200) : 200)

  const early: [string, (pair: RawPair) => void][] = [
    ['closed by the client', ({ client }) => client.close()],
    ['closed by the server', ({ server }) => server.close()],
    ['reset by the client', ({ client }) => client.reset()],
    ['reset by the server', ({ server }) => server.reset()],
  ]
  describe.each(early)('%s before a response', (_, end) => {
    const lost = { status: undefined, received: undefined, error: UNANSWERED }

    it.each([1, 4])('is an error without a status for %d requests', async (count) => {
      const pair = await rawPair()
      const paths = Array.from({ length: count }, (_path, i) => `/lost/${i}`)
      await pass(pair.client, pair.server, paths.map((path) => request('GET', path)).join(''))
      end(pair)
      await Promise.all([pair.client.takeRest(), pair.server.takeRest()])
      await pair.close()
      const all = paths.map((path) => exchange(path, lost))
      const { clients, servers } = await expectExchanges(agent, pair.port, all)
      for (const span of [...clients, ...servers]) expect(span.status.code).toBe('error')
    })

    it('is an error of the second exchange only, and of a body not wholly sent too', async () => {
      const pair = await rawPair()
      const first = await plainExchange(pair, '/first')
      const question = request('POST', '/second', 'x'.repeat(1000))
      await pass(pair.client, pair.server, question.slice(0, -500))
      end(pair)
      await Promise.all([pair.client.takeRest(), pair.server.takeRest()])
      await pair.close()
      const second = exchange('/second', { method: 'POST', ...lost, sent: ANY })
      await expectExchanges(agent, pair.port, [first, second])
    })
  })

  it('while nothing is asked is no exchange', async () => {
    for (const end of ['close', 'reset'] as const) {
      const pair = await rawPair()
      const only = await plainExchange(pair, '/only')
      pair.server[end]()
      await pair.client.takeRest()
      await pair.close()
      await expectExchanges(agent, pair.port, [only])
    }
  })
})
