import { beforeAll, describe, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { ANY, exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { chunked, request, response } from '../../kit/messages.ts'
import { rawPair, type RawPair, pass } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** Bytes that look like a request: what is left of a body must not be read as one. */
const BODY = 'GET /in-the-body HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(500)

/** A request's head and the first part of its body, read by the server. */
async function askHalf({ client, server }: RawPair, question: string): Promise<string> {
  const half = question.length - BODY.length / 2
  await client.send(question.slice(0, half))
  await server.take(half)
  return question.slice(half)
}

describe.skipIf(!runsAgent())('an answer before the request is whole', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const tooLarge = exchange('/large', { method: 'POST', status: 413, sent: ANY, received: 9 })
  const framings: [string, string][] = [
    ['Content-Length', request('POST', '/large', BODY)],
    ['chunks', request('POST', '/large', '', { 'Transfer-Encoding': 'chunked' }) + chunked([BODY])],
  ]
  describe.each(framings)('in %s', (_, question) => {
    it('is reported once, and so is the next, when the rest of the body follows it', async () => {
      const pair = await rawPair()
      const rest = await askHalf(pair, question)
      await pass(pair.server, pair.client, response(413, 'too large'))
      await pass(pair.client, pair.server, rest)
      const next = await plainExchange(pair)
      await pair.close()
      await expectExchanges(agent, pair.port, [tooLarge, next])
    })

    it('is reported once when the rest of the body follows in the segment of the next', async () => {
      const pair = await rawPair()
      const rest = await askHalf(pair, question)
      await pass(pair.server, pair.client, response(413, 'too large'))
      await pass(pair.client, pair.server, rest + request('GET', '/after'))
      await pass(pair.server, pair.client, response(201, 'after'))
      const next = await plainExchange(pair)
      await pair.close()
      const after = exchange('/after', { status: 201, received: 5 })
      await expectExchanges(agent, pair.port, [tooLarge, after, next])
    })

    it('is reported once when the server closes then', async () => {
      const pair = await rawPair()
      await askHalf(pair, question)
      await pair.server.send(response(413, 'too large', { Connection: 'close' }))
      pair.server.end()
      await pair.client.takeRest()
      await pair.close()
      await expectExchanges(agent, pair.port, [tooLarge])
    })

    it('is reported once when the server resets the connection then', async () => {
      const pair = await rawPair()
      await askHalf(pair, question)
      await pass(pair.server, pair.client, response(413, 'too large', { Connection: 'close' }))
      pair.server.reset()
      await pair.client.takeRest()
      await pair.close()
      await expectExchanges(agent, pair.port, [tooLarge])
    })
  })

  it('that begins before and ends after the end of the request is reported whole', async () => {
    const pair = await rawPair()
    const question = request('POST', '/both', BODY)
    const rest = await askHalf(pair, question)
    const answer = response(200, 'a'.repeat(1000))
    await pass(pair.server, pair.client, answer.slice(0, 200))
    await pass(pair.client, pair.server, rest)
    await pass(pair.server, pair.client, answer.slice(200))
    const next = await plainExchange(pair)
    await pair.close()
    const both = exchange('/both', { method: 'POST', sent: BODY.length, received: 1000 })
    await expectExchanges(agent, pair.port, [both, next])
  })
})
