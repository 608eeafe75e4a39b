import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { message, response } from '../../kit/messages.ts'
import { type RawPair, rawPair } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** Says that the agent kept only the beginning of a head. */
const TRUNCATED = 'waggle.http.request.head_truncated'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT_ID = '00f067aa0ba902b7'
const TRACEPARENT = `traceparent: 00-${TRACE_ID}-${PARENT_ID}-01\r\n`

/** Header lines of about this many bytes together. */
function filler(bytes: number, line = 100): string {
  const one = `X-Filler: ${'f'.repeat(line - 12)}\r\n`
  return one.repeat(Math.ceil(bytes / one.length))
}

/** A request whose Host and `traceparent` stand where it says. */
function head(path: string, beforeHost: string, beforeTrace: string): string {
  const lines = `${beforeHost}Host: far.test:8080\r\n${beforeTrace}${TRACEPARENT}`
  return `POST ${path} HTTP/1.1\r\n${lines}Content-Length: 3\r\n\r\nabc`
}

async function ask({ client, server }: RawPair, question: string, size: number): Promise<void> {
  for (let at = 0; at < question.length; at += size) {
    const piece = question.slice(at, at + size)
    await client.send(piece)
    await server.take(piece.length)
  }
}

describe.skipIf(!runsAgent())('a large head', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const heads: [string, string][] = [
    ['of 30 KiB', head('/large', filler(1024), filler(29 * 1024))],
    ['of 64 KiB', head('/large', filler(1024), filler(63 * 1024))],
    ['of 64 KiB in long lines', head('/large', filler(1024, 1000), filler(63 * 1024, 8000))],
    ['of 30 KiB in one line', head('/large', '', filler(29 * 1024, 29 * 1024))],
    ['of 20 KiB in short lines', head('/large', filler(1024, 20), filler(19 * 1024, 16))],
    ['of less than it keeps', head('/large', '', '')],
  ]
  const sizes: [string, number][] = [
    ['one write', 1 << 20],
    ['many writes of 1448 bytes', 1448],
    ['many writes of 97 bytes', 97],
  ]
  describe.each(heads)('%s', (name, question) => {
    it.each(sizes)('in %s has its Host, its traceparent and its body', async (_, size) => {
      const pair = await rawPair()
      await ask(pair, question, size)
      await pair.server.send(response(200, 'ok'))
      await pair.client.takeUntil('\r\n\r\nok')
      const next = await plainExchange(pair)
      await pair.close()
      const large = exchange('/large', { method: 'POST', sent: 3, received: 2 })
      const { clients, servers } = await expectExchanges(agent, pair.port, [large, next])
      expect(clients[0]).toMatchObject({ traceId: TRACE_ID, parentSpanId: PARENT_ID })
      for (const { traceId, attributes } of [clients[0]!, servers[0]!]) {
        expect(traceId).toBe(TRACE_ID)
        expect(attributes).toMatchObject({ 'server.address': 'far.test', 'server.port': 8080 })
        expect(attributes[TRUNCATED]).toBe(name.includes('less') ? undefined : true)
      }
      for (const { traceId, attributes } of [clients[1]!, servers[1]!]) {
        expect(traceId).not.toBe(TRACE_ID)
        expect(attributes).toMatchObject({ 'server.address': 'raw.test' })
        expect(attributes).not.toHaveProperty(TRUNCATED)
      }
    })
  })

  it('of a response is skipped to its end', async () => {
    const pair = await rawPair()
    await ask(pair, head('/small', '', ''), 1 << 20)
    const lines = filler(40 * 1024)
    const answer = message(
      `HTTP/1.1 200 OK\r\n${lines.slice(0, -2)}`,
      { 'Content-Length': 4 },
      'body',
    )
    await pair.server.send(answer)
    await pair.client.take(answer.length)
    const next = await plainExchange(pair)
    await pair.close()
    const small = exchange('/small', { method: 'POST', sent: 3, received: 4 })
    await expectExchanges(agent, pair.port, [small, next])
  })

  it('with a long path has the beginning of the path, and what follows it', async () => {
    const pair = await rawPair()
    const path = `/long/${'p'.repeat(4000)}`
    await ask(pair, head(path, '', ''), 1 << 20)
    await pair.server.send(response(200, 'ok'))
    await pair.client.takeUntil('\r\n\r\nok')
    const next = await plainExchange(pair)
    await pair.close()
    const cut = expect.stringMatching(/^\/long\/p{300,}$/) as string
    const large = exchange(cut, { method: 'POST', sent: 3, received: 2 })
    const { clients, servers } = await expectExchanges(agent, pair.port, [large, next])
    for (const { traceId, attributes } of [clients[0]!, servers[0]!]) {
      expect(traceId).toBe(TRACE_ID)
      expect(attributes).toMatchObject({ 'server.address': 'far.test', [TRUNCATED]: true })
    }
  })
})
