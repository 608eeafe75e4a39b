import type { BpfObject } from 'libbpf-addon'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openObject } from '../../src/kernel/objects.ts'
import { framesOf } from '../fuzz/frames.ts'
import { buildHarness, corpus, runHarness } from '../fuzz/harness.ts'
import { startNonsenseServer, talkNonsense } from '../fuzz/nonsense.ts'
import { type Agent, startAgent, totalsOf } from '../kit/agent.ts'
import {
  endsOf,
  type Exchange,
  exchange,
  expectExchanges,
  plainExchange,
} from '../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../kit/fixtures.ts'
import { chunked, message, request, response } from '../kit/messages.ts'
import { numbersFrom } from '../kit/random.ts'
import { pass, rawPair } from '../kit/raw.ts'

cleansUp({ alone: true })

const PASS = 1

/** What a client and a server say to each other, and what both ends have to report of it. */
interface Case {
  readonly client: string | Uint8Array
  readonly server?: string | Uint8Array
  readonly reported?: readonly Exchange[]
  /** How often the kernel says so, both ends together. */
  readonly counted?: Readonly<Record<string, number>>
}

const GET = request('GET', '/odd')
const EMPTY = response(200)
/** An exchange of which only the ends of the connection tell how it ended. */
const until = (status: number): Exchange =>
  exchange('/odd', { status, received: expect.anything() as unknown })
const unanswered = exchange('/odd', {
  status: undefined,
  received: undefined,
  error: expect.stringMatching(/^(no_response|ECONNRESET|EPIPE)$/) as unknown,
})
const header = `X-Filler: ${'f'.repeat(88)}\r\n`

const cases: Record<string, Case> = {
  'lines that end with LF alone': {
    client: 'POST /odd HTTP/1.1\nHost: h\nContent-Length: 3\n\nabc',
    server: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    reported: [exchange('/odd', { method: 'POST', sent: 3, received: 2 })],
  },
  'NUL bytes in head and body': {
    client: 'POST /odd HTTP/1.1\r\nHost: \0\r\nX: \0\0\r\nContent-Length: 2\r\n\r\n\0\0',
    server: 'HTTP/1.1 200 \0\r\nContent-Length: 1\r\n\r\n\0',
    reported: [exchange('/odd', { method: 'POST', sent: 2, received: 1 })],
  },
  'a length below zero': {
    client: request('POST', '/odd', '', { 'Content-Length': -3 }),
    server: EMPTY,
    reported: [exchange('/odd', { method: 'POST', sent: undefined })],
    counted: { bad_framing: 2 },
  },
  'the same length twice': {
    client: message('POST /odd HTTP/1.1\r\nContent-Length: 3', { 'content-length': 3 }, 'abc'),
    server: EMPTY,
    reported: [exchange('/odd', { method: 'POST', sent: 3 })],
  },
  'two lengths that contradict each other': {
    client: message('POST /odd HTTP/1.1\r\nContent-Length: 3', { 'content-length': 4 }, 'abc'),
    server: EMPTY,
    reported: [exchange('/odd', { method: 'POST', sent: undefined })],
    counted: { bad_framing: 2 },
  },
  'a request smuggled past a length in chunks': {
    client: message(
      'POST /odd HTTP/1.1',
      { 'Content-Length': 4, 'Transfer-Encoding': 'chunked' },
      chunked([request('GET', '/smuggled')]),
    ),
    server: EMPTY,
    reported: [exchange('/odd', { method: 'POST', sent: request('GET', '/smuggled').length })],
  },
  'a request smuggled past a coding that is not chunked': {
    client: message(
      'POST /odd HTTP/1.1',
      { 'Transfer-Encoding': 'xchunked', 'Content-Length': request('GET', '/smuggled').length },
      request('GET', '/smuggled'),
    ),
    server: EMPTY,
    reported: [exchange('/odd', { method: 'POST', sent: undefined })],
    counted: { bad_framing: 2 },
  },
  'a chunk of 2^64 bytes': {
    client: GET,
    server: message(
      'HTTP/1.1 200 OK',
      { 'Transfer-Encoding': 'chunked' },
      '10000000000000005\r\nhello\r\n0\r\n\r\n',
    ),
    reported: [exchange('/odd', { received: undefined })],
    counted: { bad_framing: 2 },
  },
  'a length of 2^64 bytes': {
    client: GET,
    server: message('HTTP/1.1 200 OK', { 'Content-Length': '18446744073709551616' }),
    reported: [exchange('/odd', { received: expect.anything() as unknown })],
    counted: { bad_framing: 2 },
  },
  'status 099': {
    client: GET,
    server: 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n',
    reported: [unanswered],
    counted: { not_http: 2 },
  },
  'status 1000': {
    client: GET,
    server: 'HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n',
    reported: [unanswered],
    counted: { not_http: 2 },
  },
  'a reason that ends like a request': {
    client: GET,
    server: 'HTTP/1.1 505 This is no HTTP/1.1\r\nContent-Length: 0\r\n\r\n',
    reported: [until(505)],
  },
  'a method of 200 letters': {
    client: `${'A'.repeat(200)} /odd HTTP/1.1\r\n\r\n`,
    server: response(501),
  },
  'a request without a version': {
    client: 'GET /odd\r\n\r\n',
    server: 'hello',
    counted: { not_http: 2 },
  },
  TLS: {
    client: Buffer.from(`160301020001000001fc0303${'17'.repeat(500)}`, 'hex'),
    server: Buffer.from(`160303007a0200007603${'17'.repeat(100)}`, 'hex'),
  },
  'HTTP/2': {
    client: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    server: '\0\0\0\x04\0\0\0\0\0',
  },
}

describe.skipIf(!runsAgent())('hostile bytes', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it.each(Object.entries(cases))('of the kind "%s" are told as they are', async (_, odd) => {
    const pair = await rawPair()
    await send(pair.client, pair.server, odd.client)
    if (odd.server !== undefined) await send(pair.server, pair.client, odd.server)
    await pair.close()
    const next = await rawPair()
    const plain = await plainExchange(next)
    await next.close()
    await expectSaid(agent, pair.port, odd.reported ?? [])
    await expectExchanges(agent, next.port, [plain])
  })

  it.each([100, 1000])(
    'in heads of %i kB are counted or told, never mispaired',
    async (kilobytes) => {
      const pair = await rawPair()
      const filler = header.repeat(kilobytes * 10)
      const question = `GET /long HTTP/1.1\r\n${filler}\r\n`
      const answer = `HTTP/1.1 200 OK\r\n${filler}Content-Length: 0\r\n\r\n`
      await pass(pair.client, pair.server, question)
      await pass(pair.server, pair.client, answer)
      await pair.close()
      const next = await rawPair()
      const plain = await plainExchange(next)
      await next.close()
      const { clients, servers } = await endsOf(agent, pair.port, 0)
      for (const { attributes } of [...clients, ...servers]) {
        expect([200, undefined]).toContain(attributes['http.response.status_code'])
      }
      await expectExchanges(agent, next.port, [plain])
    },
  )

  it('from 200 connections at once leave 40 others as they are', async () => {
    const below = numbersFrom(1)
    const { port, close } = await startNonsenseServer(below)
    const pairs = await Promise.all(Array.from({ length: 40 }, () => rawPair()))
    const storm = Array.from({ length: 200 }, () => talkNonsense(port, below))
    const talks = pairs.map(async (pair, number) => {
      for (let i = 0; i < 10; i++) {
        const question = request('POST', `/${number}/${i}`, 'q'.repeat(number + i))
        await pass(pair.client, pair.server, question)
        await pass(pair.server, pair.client, response(230 + i, 'a'.repeat(number * 10 + i)))
      }
    })
    await Promise.all([...talks, ...storm])
    for (const pair of pairs) await pair.close()
    close()
    for (const [number, pair] of pairs.entries()) {
      const said = Array.from({ length: 10 }, (_, i) =>
        exchange(`/${number}/${i}`, {
          method: 'POST',
          status: 230 + i,
          sent: number + i,
          received: number * 10 + i,
        }),
      )
      await expectExchanges(agent, pair.port, said)
    }
  })

  it('leave the agent whole, and are counted by reason', async () => {
    const { exit, totals } = await agent.stop()
    expect(exit).toEqual({ code: 0, signal: null })
    const { seen, handedOn, dropped } = totalsOf('receiver/ebpf_http', totals)
    expect(seen).toBe(handedOn + Object.values(dropped).reduce((sum, one) => sum + one, 0))
    const [line = ''] = agent.program.stderr.match(/The kernel met what it could not.*/) ?? []
    for (const [reason, least] of Object.entries(sumOf(Object.values(cases)))) {
      const [, count = 0] = line.match(new RegExp(`${reason}=(\\d+)`)) ?? []
      expect(Number(count), reason).toBeGreaterThanOrEqual(least)
    }
  })
})

describe.skipIf(!runsAgent())('the loaded programs', () => {
  const programs = ['http_ingress', 'http_egress', 'http_ingress_5_10', 'http_egress_5_10'] as const
  let object: BpfObject
  // The first time compiles.
  beforeAll(buildHarness, 180_000)
  beforeAll(() => {
    object = openObject('http')
    for (const { name } of object.programs) {
      object.setAutoload(name, (programs as readonly string[]).includes(name))
    }
    object.load()
  })
  afterAll(() => object.close())

  /** What is wrong with verdicts on these packets: nothing, when all may pass. */
  function verdictsOn(text: string): { packets: number; wrong: unknown[] } {
    const frames = framesOf(text)
    const wrong = frames.flatMap((data) =>
      programs
        .map((program) => ({ program, verdict: verdictOn(program, data), data }))
        .filter(({ verdict }) => verdict !== PASS && verdict !== 'EINVAL'),
    )
    return { packets: frames.length, wrong }
  }

  /** What the program says, or the kernel where it takes no such packet. */
  function verdictOn(program: string, data: Buffer): unknown {
    try {
      return object.testRun(program, { data, repeat: 2 }).returnValue
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  it('let every packet of the corpus pass', async () => {
    const { output } = await runHarness(['frames', ...corpus])
    const { packets, wrong } = verdictsOn(output)
    expect(wrong).toEqual([])
    expect(packets).toBeGreaterThan(200)
  })

  it('let every packet of hostile scripts pass', async () => {
    const { output } = await runHarness(['hostile', '--seed', '1', '--count', '100', '--frames'])
    const { packets, wrong } = verdictsOn(output)
    expect(wrong).toEqual([])
    expect(packets).toBeGreaterThan(1000)
  })
})

/** Sends by one call and reads it at the other end. */
async function send(
  from: { send: (data: string | Uint8Array) => Promise<void> },
  to: { take: (bytes: number) => Promise<string> },
  data: string | Uint8Array,
): Promise<void> {
  await from.send(data)
  await to.take(data.length)
}

/** The same as `expectExchanges`, also where nothing is to be reported. */
async function expectSaid(agent: Agent, port: number, all: readonly Exchange[]): Promise<void> {
  if (all.length > 0) {
    await expectExchanges(agent, port, all)
    return
  }
  const { clients, servers } = await endsOf(agent, port, 0)
  expect({ clients, servers }).toEqual({ clients: [], servers: [] })
}

function sumOf(all: readonly Case[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const [reason, count] of all.flatMap(({ counted = {} }) => Object.entries(counted))) {
    sum[reason] = (sum[reason] ?? 0) + count
  }
  return sum
}
