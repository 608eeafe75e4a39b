import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Agent } from './agent.ts'
import { eventually } from './eventually.ts'
import type { SpanView } from './otlp.ts'
import { request, response } from './messages.ts'
import { type RawPair, rawPair } from './raw.ts'

/** What both ends of a connection say of one exchange. Sizes may be asymmetric matchers. */
export interface Exchange {
  method: string
  path: string
  /** Undefined: no response. */
  status: unknown
  /** Bytes of the request's body. */
  sent: unknown
  /** Bytes of the response's body. */
  received: unknown
  /** `error.type`, where it does not follow from the status. */
  error?: unknown
}

/** Stands for any of several values, also for none, which vitest's own matchers do not match. */
function matcher(name: string, asymmetricMatch: (value: unknown) => boolean): unknown {
  const $$typeof = Symbol.for('jest.asymmetricMatcher')
  return { $$typeof, asymmetricMatch, toString: () => name, toAsymmetricMatcher: () => name }
}

/** Anything at all, also nothing. */
export const ANY: unknown = matcher('ANY', () => true)

/** A value that is right where there is one. */
export function orUnknown(value: unknown): unknown {
  return matcher(`${String(value)} or unknown`, (found) => found === undefined || found === value)
}

/** A GET that was answered with 200; what is different is given. */
export function exchange(path: string, different: Partial<Exchange> = {}): Exchange {
  return { method: 'GET', path, status: 200, sent: 0, received: 0, ...different }
}

/** Both ends of what was said over a port. */
export interface BothEnds {
  clients: SpanView[]
  servers: SpanView[]
}

/**
 * Waits until both ends of the exchanges with the server on `port` are reported, and asserts that
 * they are these in this order and no other, that each server's span is the child of its client's,
 * and that their times make sense.
 */
export async function expectExchanges(
  agent: Agent,
  port: number,
  exchanges: readonly Exchange[],
): Promise<BothEnds> {
  const { clients, servers } = await endsOf(agent, port, exchanges.length)
  expect(clients.map(said), 'what the client says').toStrictEqual(asSaidBy('client', exchanges))
  expect(servers.map(said), 'what the server says').toStrictEqual(asSaidBy('server', exchanges))
  expectPairs({ clients, servers })
  return { clients, servers }
}

/** The same in any order: exchanges of several connections. Their paths tell them apart. */
export async function expectUnordered(
  agent: Agent,
  port: number,
  exchanges: readonly Exchange[],
): Promise<BothEnds> {
  const { clients, servers } = await endsOf(agent, port, exchanges.length)
  expect(differences(clients, asSaidBy('client', exchanges)), 'what the clients say').toEqual([])
  expect(differences(servers, asSaidBy('server', exchanges)), 'what the servers say').toEqual([])
  expectPairs({ clients, servers })
  return { clients, servers }
}

/** The same where some may be missing: nothing wrong is said, and of most exchanges the right thing. */
export async function expectMost(
  agent: Agent,
  port: number,
  exchanges: readonly Exchange[],
  share: number,
): Promise<BothEnds> {
  const { clients, servers } = await endsOf(agent, port, exchanges.length)
  for (const [end, spans] of [
    ['client', clients],
    ['server', servers],
  ] as const) {
    const wrong = differences(spans, asSaidBy(end, exchanges)).filter(({ said }) => said.length > 0)
    expect(wrong, `what the ${end}s say`).toEqual([])
    expect(spans.length).toBeGreaterThanOrEqual(share * exchanges.length)
  }
  return { clients, servers }
}

/** The paths of which not the right thing is said, with both. */
function differences(
  spans: SpanView[],
  expected: Exchange[],
): { said: Exchange[]; expected: Exchange[] }[] {
  const found = Map.groupBy(spans.map(said), ({ path }) => path)
  const right = Map.groupBy(expected, ({ path }) => path)
  return [...new Set([...found.keys(), ...right.keys()])].flatMap((path) => {
    const rows = [found.get(path) ?? [], right.get(path) ?? []]
    try {
      expect(rows[0]).toStrictEqual(rows[1])
      return []
    } catch {
      return [{ said: rows[0] as Exchange[], expected: rows[1] as Exchange[] }]
    }
  })
}

/** What one end says of its exchange. */
export function said({ attributes }: SpanView): Exchange {
  const full = attributes['url.full']
  const path = full === undefined ? attributes['url.path'] : pathOf(String(full))
  return {
    method: String(attributes['http.request.method']),
    path: String(path),
    status: attributes['http.response.status_code'],
    sent: attributes['http.request.body.size'],
    received: attributes['http.response.body.size'],
    error: attributes['error.type'],
  }
}

function pathOf(url: string): string {
  return url.replace(/^http:\/\/[^/]*/, '')
}

/** Statuses are failures from 400 at the client and from 500 at the server. */
function asSaidBy(end: 'client' | 'server', exchanges: readonly Exchange[]): Exchange[] {
  return exchanges.map((one) => {
    const failed = Number(one.status) >= (end === 'client' ? 400 : 500)
    return { error: failed ? String(one.status) : undefined, ...one }
  })
}

/** Spans of exchanges, by end, in the order in which they began, once `count` of each are there. */
export async function endsOf(agent: Agent, port: number, count: number): Promise<BothEnds> {
  const look = (): BothEnds => {
    const spans = agent.spans()
    const began = ({ startNs: a }: SpanView, { startNs: b }: SpanView) => Number(a - b)
    return {
      clients: spans.filter(isClientOf(port)).toSorted(began),
      servers: spans.filter(isServerOf(port)).toSorted(began),
    }
  }
  await caughtUp(agent)
  const isThere = ({ clients, servers }: BothEnds) =>
    clients.length >= count && servers.length >= count
  for (const deadline = performance.now() + 3000; ; await sleep(50)) {
    const ends = look()
    // What is missing shows where the exchanges are compared.
    if (isThere(ends) || performance.now() > deadline) return ends
  }
}

/** True for the client's spans of exchanges with the server on a port. */
export function isClientOf(port: number): (span: SpanView) => boolean {
  return ({ kind, attributes }) => kind === 'client' && attributes['network.peer.port'] === port
}

/** True for the server's spans of exchanges with the server on a port. */
export function isServerOf(port: number): (span: SpanView) => boolean {
  return ({ kind, attributes }) => kind === 'server' && attributes['network.local.port'] === port
}

let marks = 0

/** Waits until everything that the kernel has handed over so far is in the agent's file. */
export async function caughtUp(agent: Agent): Promise<void> {
  const path = `/caught-up/${(marks += 1)}`
  const pair = await rawPair()
  await plainExchange(pair, path)
  await eventually(() => {
    const ends = agent.spans().filter((span) => said(span).path === path)
    expect(ends).toHaveLength(2)
  })
  await pair.close()
}

/** An ordinary exchange on a connection: what comes after the odd one. */
export async function plainExchange(
  { client, server }: Pick<RawPair, 'client' | 'server'>,
  path = '/next',
): Promise<Exchange> {
  const question = request('GET', path)
  await client.send(question)
  await server.take(question.length)
  const answer = response(203, 'plain')
  await server.send(answer)
  await client.take(answer.length)
  return exchange(path, { status: 203, received: 5 })
}

/** Each server's span has its own client's span as parent, in a trace of their own. */
export function expectPairs({ clients, servers }: BothEnds): void {
  const byId = new Map(clients.map((span) => [span.spanId, span]))
  expect(byId.size, 'span ids of clients').toBe(clients.length)
  expect(new Set(servers.map((span) => span.spanId)).size, 'of servers').toBe(servers.length)
  for (const server of servers) {
    const client = byId.get(server.parentSpanId)
    expect(client, 'the client of a server').toBeDefined()
    expect(server.traceId).toBe(client!.traceId)
    expect(said(server).path).toBe(said(client!).path)
    expect(server.startNs).toBeGreaterThanOrEqual(client!.startNs)
  }
  for (const span of [...clients, ...servers]) {
    expect(span.endNs, said(span).path).toBeGreaterThanOrEqual(span.startNs)
  }
}
