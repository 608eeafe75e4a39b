import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { message, request, response } from '../../kit/messages.ts'
import { pass, type RawPair, rawPair } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** Each piece as a segment of its own. */
async function passAll(
  from: RawPair['client'],
  to: RawPair['server'],
  pieces: string[],
): Promise<void> {
  for (const piece of pieces) await pass(from, to, piece)
}

describe.skipIf(!runsAgent())('HTTP/1.0', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const old = (method: string, path: string, headers = {}, body = '') =>
    message(`${method} ${path} HTTP/1.0`, headers, body)
  const oldAnswer = (status: number, headers = {}, body = '') =>
    message(`HTTP/1.0 ${status} OK`, headers, body)

  it('without a length ends with the connection', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, old('GET', '/old'))
    await passAll(pair.server, pair.client, [oldAnswer(200), 'a'.repeat(2000), 'b'.repeat(3000)])
    pair.server.end()
    await pair.client.takeRest()
    await pair.close()
    const { servers } = await expectExchanges(agent, pair.port, [
      exchange('/old', { received: 5000 }),
    ])
    expect(servers[0]!.attributes['network.protocol.version']).toBe('1.0')
  })

  it('without a length in one segment with its end, and in the segment of the close', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, old('GET', '/small'))
    await pair.server.send(oldAnswer(404, { Server: 'old' }, 'not here'))
    pair.server.end()
    await pair.client.takeRest()
    await pair.close()
    await expectExchanges(agent, pair.port, [exchange('/small', { status: 404, received: 8 })])
  })

  it('kept alive reports each exchange', async () => {
    const pair = await rawPair()
    const keep = { Connection: 'keep-alive' }
    for (let i = 0; i < 3; i++) {
      await pass(pair.client, pair.server, old('GET', `/kept/${i}`, keep))
      const body = 'k'.repeat(i)
      const answer = oldAnswer(200 + i, { ...keep, 'Content-Length': i }, body)
      await pass(pair.server, pair.client, answer)
    }
    await pair.close()
    const kept = [0, 1, 2].map((i) => exchange(`/kept/${i}`, { status: 200 + i, received: i }))
    await expectExchanges(agent, pair.port, kept)
  })

  it('with a body in the request and none in the response', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, old('POST', '/post', { 'Content-Length': 4 }, 'four'))
    await pair.server.send(oldAnswer(204))
    pair.server.end()
    await pair.client.takeRest()
    await pair.close()
    const posted = exchange('/post', { method: 'POST', status: 204, sent: 4 })
    await expectExchanges(agent, pair.port, [posted])
  })

  it('answered by 1.1 and 1.1 answered by 1.0 are understood', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, old('GET', '/a', { Connection: 'keep-alive' }))
    await pass(pair.server, pair.client, response(200, 'new'))
    await pass(pair.client, pair.server, request('GET', '/b'))
    await pass(pair.server, pair.client, oldAnswer(200, { 'Content-Length': 3 }, 'old'))
    const next = await plainExchange(pair)
    await pair.close()
    const both = ['/a', '/b'].map((path) => exchange(path, { received: 3 }))
    await expectExchanges(agent, pair.port, [...both, next])
  })

  it('answers without a body are over with their head', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('HEAD', '/head'))
    await pass(pair.server, pair.client, message('HTTP/1.1 200 OK', { 'Content-Length': 5000 }))
    await pass(pair.client, pair.server, request('GET', '/304'))
    await pass(pair.server, pair.client, message('HTTP/1.1 304 Same', { 'Content-Length': 5000 }))
    await pass(pair.client, pair.server, request('DELETE', '/204'))
    await pass(pair.server, pair.client, message('HTTP/1.1 204 Gone'))
    await pass(pair.client, pair.server, request('HEAD', '/chunks'))
    await pass(
      pair.server,
      pair.client,
      message('HTTP/1.1 200 OK', { 'Transfer-Encoding': 'chunked' }),
    )
    const next = await plainExchange(pair)
    await pair.close()
    await expectExchanges(agent, pair.port, [
      exchange('/head', { method: 'HEAD' }),
      exchange('/304', { status: 304 }),
      exchange('/204', { method: 'DELETE', status: 204 }),
      exchange('/chunks', { method: 'HEAD' }),
      next,
    ])
  })
})
