import { beforeAll, describe, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, expectExchanges, orUnknown, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { type RawPair, rawPair, sendSingly } from '../../kit/raw.ts'

cleansUp({ alone: true })

const framing = {
  extension: ';name=value;"quoted"',
  trailers: { 'X-Checksum': 'abc123', Expires: 'never' },
}
const CHUNKS = ['Hello, ', 'wonderful', ' world, in more than sixteen bytes']
const IN_CHUNKS = { 'Transfer-Encoding': 'chunked' }
const CHUNKED = CHUNKS.join('').length

/** Messages whose path, of a fixed length, tells where they were cut. */
const kinds: [string, (path: string) => string, (path: string) => string, number, number][] = [
  [
    'with Content-Length',
    (path) => request('POST', path, 'content of the request'),
    () => response(200, 'content of the response'),
    22,
    23,
  ],
  [
    'in chunks',
    (path) => request('POST', path, '', IN_CHUNKS) + chunked(CHUNKS),
    () => message('HTTP/1.1 200 OK', IN_CHUNKS) + chunked(CHUNKS),
    CHUNKED,
    CHUNKED,
  ],
  [
    'in chunks with extensions and trailers',
    (path) => request('POST', path, '', IN_CHUNKS) + chunked(CHUNKS, framing),
    () => message('HTTP/1.1 200 OK', IN_CHUNKS) + chunked(CHUNKS, framing),
    CHUNKED,
    CHUNKED,
  ],
]

async function pass(
  from: RawPair['client'],
  to: RawPair['server'],
  text: string,
  cut: number,
): Promise<void> {
  await from.send(text.slice(0, cut))
  await from.send(text.slice(cut))
  await to.take(text.length)
}

const padded = (cut: number) => `/cut/${String(cut).padStart(4, '0')}`

describe.skipIf(!runsAgent())('messages', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  describe.each(kinds)('%s', (_, question, answer, sent, received) => {
    const one = (path: string) => exchange(path, { method: 'POST', sent, received })

    it('are read wherever the request is cut in two', async () => {
      const pair = await rawPair()
      const cuts = Array.from({ length: question(padded(0)).length - 1 }, (_cut, i) => i + 1)
      for (const cut of cuts) {
        await pass(pair.client, pair.server, question(padded(cut)), cut)
        await pass(pair.server, pair.client, answer(''), answer('').length)
      }
      const next = await plainExchange(pair)
      await pair.close()
      await expectExchanges(agent, pair.port, [...cuts.map((cut) => one(padded(cut))), next])
    })

    it('are read wherever the response is cut in two', async () => {
      const pair = await rawPair()
      const cuts = Array.from({ length: answer('').length - 1 }, (_cut, i) => i + 1)
      for (const cut of cuts) {
        await pass(pair.client, pair.server, question(padded(cut)), question(padded(cut)).length)
        await pass(pair.server, pair.client, answer(''), cut)
      }
      const next = await plainExchange(pair)
      await pair.close()
      await expectExchanges(agent, pair.port, [...cuts.map((cut) => one(padded(cut))), next])
    })

    it('are read byte by byte', async () => {
      const pair = await rawPair()
      const paths = ['/bytes/1', '/bytes/2', '/bytes/3']
      for (const path of paths) {
        await sendSingly(pair.client, pair.server, question(path))
        await sendSingly(pair.server, pair.client, answer(path))
      }
      const next = await plainExchange(pair)
      await pair.close()
      await expectExchanges(agent, pair.port, [...paths.map(one), next])
    })
  })

  it('are read with 500 chunks in 500 segments', async () => {
    const pair = await rawPair()
    const many = Array.from({ length: 500 }, (_, i) => 'c'.repeat(1 + (i % 40)))
    const question = request('GET', '/many')
    await pass(pair.client, pair.server, question, question.length)
    const head = message('HTTP/1.1 200 OK', IN_CHUNKS)
    const pieces = [head, ...many.map((data) => chunked([data]).slice(0, -5)), '0\r\n\r\n']
    for (const piece of pieces) await pass(pair.server, pair.client, piece, piece.length)
    const next = await plainExchange(pair)
    await pair.close()
    const received = many.join('').length
    await expectExchanges(agent, pair.port, [exchange('/many', { received }), next])
  })

  it('with 2000 chunks in one segment have the right size or none, and the next is right', async () => {
    const pair = await rawPair()
    const question = request('POST', '/many', '', IN_CHUNKS) + chunked(Array(2000).fill('c'))
    await pass(pair.client, pair.server, question, question.length)
    const answer = message('HTTP/1.1 200 OK', IN_CHUNKS) + chunked(Array(2000).fill('cc'))
    await pass(pair.server, pair.client, answer, answer.length)
    const next = await plainExchange(pair)
    await pair.close()
    const sizes = { sent: orUnknown(2000), received: orUnknown(4000) }
    await expectExchanges(agent, pair.port, [exchange('/many', { method: 'POST', ...sizes }), next])
  })
})
