import { describe, expect, it } from 'vitest'
import { startAgent } from '../../kit/agent.ts'
import { type Exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { message, request, response } from '../../kit/messages.ts'
import { pass, type RawPair, rawPair } from '../../kit/raw.ts'

cleansUp({ alone: true })

describe.skipIf(!runsAgent())('a connection that is older than the agent', () => {
  const answer = response(200, 'a'.repeat(2000))
  const chunks = message('HTTP/1.1 200 OK', { 'Transfer-Encoding': 'chunked' })

  /** What happens on a connection before the agent starts, and what after. */
  const cases: Record<
    string,
    [before: (pair: RawPair) => Promise<unknown>, after: (pair: RawPair) => Promise<unknown>]
  > = {
    'that was only opened': [async () => {}, async () => {}],
    'that was used and is idle': [(pair) => plainExchange(pair, '/old'), async () => {}],
    'that waits for a response': [
      ({ client, server }) => pass(client, server, request('GET', '/old')),
      ({ client, server }) => pass(server, client, answer),
    ],
    'that is within a request': [
      ({ client, server }) =>
        pass(client, server, request('POST', '/old', 'o'.repeat(2000)).slice(0, -1000)),
      async ({ client, server }) => {
        await pass(client, server, 'o'.repeat(1000))
        await pass(server, client, answer)
      },
    ],
    'that is within a response': [
      async ({ client, server }) => {
        await pass(client, server, request('GET', '/old'))
        await pass(server, client, answer.slice(0, -1000))
      },
      ({ client, server }) => pass(server, client, answer.slice(-1000)),
    ],
    'that is within a response in chunks': [
      async ({ client, server }) => {
        await pass(client, server, request('GET', '/old'))
        await pass(server, client, `${chunks}5\r\nfirst\r\n`)
      },
      ({ client, server }) => pass(server, client, '6\r\nsecond\r\n0\r\n\r\n'),
    ],
  }

  it('is reported right from its next exchange on, whatever was going on', async () => {
    const pairs = await Promise.all(Object.keys(cases).map(() => rawPair()))
    const stories = Object.entries(cases).map(([name, [before, after]], i) => ({
      name,
      before,
      after,
      pair: pairs[i]!,
    }))
    for (const { before, pair } of stories) await before(pair)
    const agent = await startAgent()
    for (const { name, after, pair } of stories) {
      await after(pair)
      const next: Exchange[] = [
        await plainExchange(pair, '/new/1'),
        await plainExchange(pair, '/new/2'),
      ]
      await pair.close()
      const ends = await expectExchanges(agent, pair.port, next).catch((cause: unknown) => {
        throw new Error(`a connection ${name}`, { cause })
      })
      for (const span of [...ends.clients, ...ends.servers]) {
        expect(span.resource['process.pid'], name).toBe(process.pid)
      }
    }
  })
})
