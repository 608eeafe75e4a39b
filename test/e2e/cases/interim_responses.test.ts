import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { ANY, exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { message, request, response } from '../../kit/messages.ts'
import { pass, type RawPair, rawPair, sendSingly } from '../../kit/raw.ts'

cleansUp({ alone: true })

describe.skipIf(!runsAgent())('an interim response', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const interim = (status: number, headers: Record<string, string> = {}) =>
    message(`HTTP/1.1 ${status} Interim`, headers)
  const hints = interim(103, { Link: '</style.css>; rel=preload; as=style' })
  const expecting = { Expect: '100-continue' }

  it('lets the body follow, and the final status is the one that counts', async () => {
    const pair = await rawPair()
    const question = request('POST', '/continue', 'x'.repeat(3000), expecting)
    await pass(pair.client, pair.server, question.slice(0, -3000))
    await pass(pair.server, pair.client, interim(100))
    await pass(pair.client, pair.server, question.slice(-3000))
    await pass(pair.server, pair.client, response(201, 'made'))
    const next = await plainExchange(pair)
    await pair.close()
    const posted = exchange('/continue', { method: 'POST', status: 201, sent: 3000, received: 4 })
    await expectExchanges(agent, pair.port, [posted, next])
  })

  it('may be refused by a final status, and the body follows all the same', async () => {
    const pair = await rawPair()
    const question = request('POST', '/refused', 'x'.repeat(3000), expecting)
    await pass(pair.client, pair.server, question.slice(0, -3000))
    await pass(pair.server, pair.client, response(417, 'no'))
    await pass(pair.client, pair.server, question.slice(-3000))
    const next = await plainExchange(pair)
    await pair.close()
    const refused = exchange('/refused', { method: 'POST', status: 417, sent: ANY, received: 2 })
    await expectExchanges(agent, pair.port, [refused, next])
  })

  const ways: [string, (pair: RawPair, text: string) => Promise<unknown>][] = [
    ['one segment', ({ server, client }, text) => pass(server, client, text)],
    ['single bytes', ({ server, client }, text) => sendSingly(server, client, text)],
    [
      'a segment for each',
      async ({ server, client }, text) => {
        for (const part of text.split(/(?<=\r\n\r\n)/)) await pass(server, client, part)
      },
    ],
  ]
  it.each(ways)('may come three times before the final one, in %s', async (_, send) => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('GET', '/hints'))
    await send(pair, interim(102) + hints + hints + response(404, 'nothing'))
    const next = await plainExchange(pair)
    await pair.close()
    const hinted = exchange('/hints', { status: 404, received: 7 })
    await expectExchanges(agent, pair.port, [hinted, next])
  })

  it('alone is no answer', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('GET', '/never'))
    await pass(pair.server, pair.client, hints)
    await pair.close()
    const error = expect.stringMatching(/^(no_response|ECONNRESET|EPIPE)$/)
    const lost = { status: undefined, received: undefined, error }
    await expectExchanges(agent, pair.port, [exchange('/never', lost)])
  })

  it('does not shift the answers of pipelined requests', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, ['/a', '/b', '/c'].map((p) => request('GET', p)).join(''))
    const final = [response(200, 'a'), response(404, 'bb'), response(500, 'ccc')]
    await pass(pair.server, pair.client, final.map((text) => hints + text).join(''))
    const next = await plainExchange(pair)
    await pair.close()
    await expectExchanges(agent, pair.port, [
      exchange('/a', { received: 1 }),
      exchange('/b', { status: 404, received: 2 }),
      exchange('/c', { status: 500, received: 3 }),
      next,
    ])
  })
})
