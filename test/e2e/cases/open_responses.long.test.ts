import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, type Exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, eventually, runsAgent } from '../../kit/fixtures.ts'
import type { SpanView } from '../../kit/otlp.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { type RawPair, rawPair, pass } from '../../kit/raw.ts'

cleansUp({ alone: true })

/** How long a response is open before it is told of, and how much later that may be. */
const OPEN_MS = 10_000
const SLACK_MS = 3_000

const STATE = 'waggle.exchange.state'

/** A response of which a part is sent at once, a part from time to time, and a part at the end. */
interface Case {
  path: string
  begin: string
  /** Sent twice a second. */
  event: string
  end: (events: number) => string
  status: number | undefined
  received: (events: number) => number
}

const EVENT = 'data: GET / HTTP/1.1\n\n'
const STREAM = { 'Content-Type': 'text/event-stream', 'Transfer-Encoding': 'chunked' }

const cases: Record<string, Case> = {
  'server-sent events': {
    path: '/events',
    begin: message('HTTP/1.1 200 OK', STREAM),
    event: chunked([EVENT]).slice(0, -5),
    end: () => '0\r\n\r\n',
    status: 200,
    received: (events) => events * EVENT.length,
  },
  'a slow download': {
    path: '/slow',
    begin: `${message('HTTP/1.1 206 OK', { 'Content-Length': 100 })}begun`,
    event: '',
    end: () => 'e'.repeat(95),
    status: 206,
    received: () => 100,
  },
  'a long poll': {
    path: '/poll',
    begin: '',
    event: '',
    end: () => response(204),
    status: undefined,
    received: () => 0,
  },
}

describe.skipIf(!runsAgent())('a response that is still open after 10 s', () => {
  let agent: Agent
  const pairs: Record<string, RawPair> = {}
  const sent: Record<string, number> = {}
  let brief: RawPair
  let began = 0

  beforeAll(async () => {
    agent = await startAgent()
    brief = await rawPair()
    await plainExchange(brief)
    began = performance.now()
    await Promise.all(
      Object.entries(cases).map(async ([name, { path, begin }]) => {
        const pair = (pairs[name] = await rawPair())
        sent[name] = 0
        await pass(pair.client, pair.server, request('GET', path))
        await pass(pair.server, pair.client, begin)
      }),
    )
    while (performance.now() < began + OPEN_MS + 200) {
      await sleep(500)
      for (const name of Object.keys(cases)) await sendEvent(name)
    }
  }, 60_000)

  async function sendEvent(name: string): Promise<void> {
    const { event } = cases[name]!
    await pass(pairs[name]!.server, pairs[name]!.client, event)
    sent[name]! += 1
  }

  /** Spans of kind internal about the connections to a port: of the client, and of the server. */
  function openSpans(port: number): SpanView[] {
    return agent
      .spans()
      .filter(
        ({ kind, attributes }) =>
          kind === 'internal' &&
          [attributes['network.peer.port'], attributes['network.local.port']].includes(port),
      )
  }

  it.each(Object.keys(cases))('is told of at both ends, and whole at its end: %s', async (name) => {
    const { path, end, status, received } = cases[name]!
    const pair = pairs[name]!
    const timeoutMs = Math.max(began + OPEN_MS + SLACK_MS - performance.now(), 100)
    const open = await eventually(
      () => {
        const both = openSpans(pair.port)
        expect(both).toHaveLength(2)
        return both
      },
      { timeoutMs },
    )
    for (const span of open) {
      expect(span.attributes[STATE]).toBe('open')
      expect(span.attributes['http.request.method']).toBe('GET')
      expect(span.attributes['http.response.status_code']).toBe(status)
      expect(span.attributes).not.toHaveProperty('error.type')
      expect(span.status.code).toBe('unset')
    }

    await pass(pair.server, pair.client, end(sent[name]!))
    const next = await plainExchange(pair)
    await pair.close()
    const whole: Exchange = exchange(path, {
      status: status ?? 204,
      received: received(sent[name]!),
    })
    const { clients, servers } = await expectExchanges(agent, pair.port, [whole, next])
    const parents = [clients[0]!, servers[0]!].map(({ traceId, spanId }) => ({ traceId, spanId }))
    const named = openSpans(pair.port).map(({ traceId, parentSpanId: spanId }) => ({
      traceId,
      spanId,
    }))
    const byId = (a: { spanId: string }, b: { spanId: string }) => (a.spanId < b.spanId ? -1 : 1)
    expect(named.toSorted(byId)).toEqual(parents.toSorted(byId))
    for (const span of [clients[0]!, servers[0]!]) {
      expect(Number(span.endNs - span.startNs) / 1e6).toBeGreaterThan(OPEN_MS)
      expect(span.attributes).not.toHaveProperty(STATE)
    }
  })

  it('is not said of a connection that is only kept', async () => {
    expect(openSpans(brief.port)).toEqual([])
    const next = await plainExchange(brief)
    await brief.close()
    const ended = await expectExchanges(agent, brief.port, [next, next])
    for (const span of [...ended.clients, ...ended.servers]) {
      expect(Number(span.endNs - span.startNs) / 1e6).toBeLessThan(OPEN_MS / 2)
    }
  })
})
