import { beforeAll, describe, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { type RawPair, rawPair, pass } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** Each piece as a segment of its own. */
async function passAll(
  from: RawPair['client'],
  to: RawPair['server'],
  pieces: string[],
): Promise<void> {
  for (const piece of pieces) await pass(from, to, piece)
}

const REQUEST = request('GET', '/not-asked')
const RESPONSE = response(500, 'not answered')
const IN_CHUNKS = { 'Transfer-Encoding': 'chunked' }

describe.skipIf(!runsAgent())('bodies that look like messages', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it.each([REQUEST, RESPONSE, REQUEST + RESPONSE])(
    'are bodies, with a length and in segments that begin with them: %#',
    async (body) => {
      const pair = await rawPair()
      const question = request('POST', '/body', body.repeat(3))
      await passAll(pair.client, pair.server, [
        question.slice(0, -3 * body.length),
        body,
        body,
        body,
      ])
      const head = message('HTTP/1.1 200 OK', { 'Content-Length': 2 * body.length })
      await passAll(pair.server, pair.client, [head, body, body])
      const next = await plainExchange(pair)
      await pair.close()
      const sizes = { sent: 3 * body.length, received: 2 * body.length }
      await expectExchanges(agent, pair.port, [
        exchange('/body', { method: 'POST', ...sizes }),
        next,
      ])
    },
  )

  it.each([REQUEST, RESPONSE, REQUEST + RESPONSE])(
    'are bodies in chunks and in segments that begin with them: %#',
    async (body) => {
      const pair = await rawPair()
      const size = `${body.length.toString(16)}\r\n`
      const ends = ['\r\n', '0\r\n\r\n']
      const head = request('POST', '/body', '', IN_CHUNKS)
      await passAll(pair.client, pair.server, [head, size, body, ...ends])
      const answer = message('HTTP/1.1 200 OK', IN_CHUNKS)
      await passAll(pair.server, pair.client, [answer, size, body, ...ends])
      const next = await plainExchange(pair)
      await pair.close()
      const sizes = { sent: body.length, received: body.length }
      await expectExchanges(agent, pair.port, [
        exchange('/body', { method: 'POST', ...sizes }),
        next,
      ])
    },
  )

  it('are bodies when they come in trailers and chunk extensions', async () => {
    const pair = await rawPair()
    const odd = { extension: ';x="HTTP/1.1 500 Not"', trailers: { GET: '/ HTTP/1.1' } }
    const body = chunked(['one', 'two'], odd)
    await pass(pair.client, pair.server, request('POST', '/odd', '', IN_CHUNKS) + body)
    await pass(pair.server, pair.client, message('HTTP/1.1 200 OK', IN_CHUNKS) + body)
    const next = await plainExchange(pair)
    await pair.close()
    const odd1 = exchange('/odd', { method: 'POST', sent: 6, received: 6 })
    await expectExchanges(agent, pair.port, [odd1, next])
  })

  it('are bodies when they last until the close', async () => {
    const pair = await rawPair()
    await pass(pair.client, pair.server, request('GET', '/until'))
    const pieces = [
      message('HTTP/1.1 200 OK', { Connection: 'close' }),
      RESPONSE,
      REQUEST,
      RESPONSE,
    ]
    await passAll(pair.server, pair.client, pieces)
    pair.server.end()
    await pair.client.takeRest()
    await pair.close()
    const received = 2 * RESPONSE.length + REQUEST.length
    await expectExchanges(agent, pair.port, [exchange('/until', { received })])
  })
})
