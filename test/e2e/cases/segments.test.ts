import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import {
  caughtUp,
  exchange,
  type Exchange,
  isClientOf,
  isServerOf,
  orUnknown,
  said,
} from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { hostOfPeer } from '../../kit/hosts.ts'
import type { SpanView } from '../../kit/otlp.ts'
import { freePort, type Program, run } from '../../kit/processes.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { startNodeServer } from '../../kit/servers.ts'

cleansUp({ alone: true })

// One end of each connection is the kernel, the other a program that sends segments as it likes.

type Segment = readonly [from: number, to: number]
/** The segments in which a text of so many bytes is sent; `head` of them are its head. */
type Order = (bytes: number, head: number) => readonly Segment[]

const orders: Record<string, Order> = {
  'as they are': (bytes) => [[0, bytes]],
  twice: (bytes) => [
    [0, bytes],
    [0, bytes],
  ],
  'the second half first': (bytes) => [
    [bytes >> 1, bytes],
    [0, bytes >> 1],
  ],
  'cut in the head, the rest first': (bytes, head) => [
    [head - 9, bytes],
    [0, head - 9],
  ],
  'in three, backwards': (bytes) => [
    [bytes - 20, bytes],
    [20, bytes - 20],
    [0, 20],
  ],
  'with the middle last': (bytes) => [
    [0, 20],
    [bytes - 15, bytes],
    [20, bytes - 15],
  ],
  overlapping: (bytes) => [
    [0, 60],
    [30, bytes - 10],
    [bytes - 20, bytes],
  ],
  'the beginning, and then all of it': (bytes) => [
    [0, 30],
    [0, bytes],
  ],
  'after the last byte of what came before, once more': (bytes) => [
    [-1, 0],
    [0, bytes],
  ],
  'together with the end of what came before': (bytes) => [[-40, bytes]],
  'between all of what came before, twice more': (bytes) => [
    [-75, 0],
    [0, bytes],
    [-75, 0],
  ],
}
/** The first line comes last, behind pieces that are not kept. */
const BACKWARDS = 'in three, backwards'
/** Two pieces of three are not where they belong; nobody has to keep so many. */
const CHAOS = 'in pieces of 30 bytes, in pairs that are swapped'
orders[CHAOS] = (bytes) =>
  Array.from({ length: Math.ceil(bytes / 30) }, (_, i) => (i ^ 1) * 30)
    .filter((from) => from < bytes)
    .map((from) => [from, Math.min(from + 30, bytes)] as const)
    .concat([[bytes - 30, bytes]])

/** In order, but for what comes more than once: then sizes are known. */
const IN_ORDER = /as they are|twice|overlapping|the beginning|what came before/

interface Kind {
  question: string
  answer: string
  expected: Exchange
}

const IN_CHUNKS = { 'Transfer-Encoding': 'chunked' }
const FILLER = { 'X-Filler': 'f'.repeat(60) }
const LAST_CHUNK = '0\r\n\r\n'

const kinds: Record<string, Kind> = {
  'with a body': {
    question: request('POST', '/echo', 'b'.repeat(100)),
    answer: response(200, 'b'.repeat(100)),
    expected: exchange('/echo', { method: 'POST', sent: 100, received: 100 }),
  },
  'in chunks': {
    question: request('POST', '/echo', '', IN_CHUNKS) + chunked(['one', 'two', 'three']),
    answer: message('HTTP/1.1 200 OK', IN_CHUNKS) + chunked(['one', 'two', 'three']),
    expected: exchange('/echo', { method: 'POST', sent: 11, received: 11 }),
  },
  'without a body': {
    question: request('GET', '/status/204', '', FILLER),
    answer: message('HTTP/1.1 204 Nothing', FILLER),
    expected: exchange('/status/204', { status: 204 }),
  },
}
const first = exchange('/status/202', { status: 202 })
const last = exchange('/status/203', { status: 203 })

const cases = Object.keys(kinds).flatMap((kind) =>
  Object.keys(orders).map((order) => ({ kind, order })),
)
type Case = (typeof cases)[number]

const plain = (data: string) => ({ data, segments: [[0, data.length]] as const })
const ordered = (order: string, data: string) => ({
  data,
  segments: orders[order]!(data.length, data.indexOf('\r\n\r\n') + 4),
})

/**
 * What this node's end says is what happened. A size is unknown where its end could not be found
 * because of a piece that came late, and of chaos nothing may be said, nor of what follows.
 */
function expectSaid(found: Exchange[], { kind, order }: Case, different: Partial<Exchange>): void {
  const one = { ...kinds[kind]!.expected, ...different }
  const late = { sent: orUnknown(one.sent), received: orUnknown(one.received) }
  const all = [first, IN_ORDER.test(order) ? one : { ...one, ...late }, last]
  const expected = all.map((each) => ({ error: undefined, ...each }))
  const isHidden = [CHAOS, BACKWARDS].includes(order) && found.length < 3
  expect(found).toStrictEqual(
    isHidden ? [expected[0], expected[2]].slice(0, found.length) : expected,
  )
}

/** Waits until every story was played as it is written. */
async function played(cable: Program): Promise<void> {
  const { code } = await cable.exited
  if (code !== 0) throw new Error(`a story went wrong:\n${cable.output}`)
}

describe.skipIf(!runsAgent())('segments', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  describe('of a request', () => {
    let port: number
    beforeAll(async () => {
      port = await freePort()
      const stories = cases.map(({ kind, order }) => {
        const until = kind === 'without a body' ? '\r\n\r\n' : LAST_CHUNK
        const rounds = [
          { ...plain(request('GET', '/status/202', '', FILLER)), until: LAST_CHUNK },
          { ...ordered(order, kinds[kind]!.question), until },
          { ...plain(request('GET', '/status/203')), until: LAST_CHUNK },
        ]
        return { role: 'client', port, rounds }
      })
      const host = await hostOfPeer(stories)
      await startNodeServer({ port, host: host.ipv4, netns: host.netns })
      await played(host.cable)
      await caughtUp(agent)
    })

    it.each(cases)('$kind, sent $order, are read in their order', (one) => {
      const clientPort = 20_000 + cases.indexOf(one)
      const ofCase = ({ attributes }: SpanView) => attributes['network.peer.port'] === clientPort
      const spans = agent.spans().filter(isServerOf(port)).filter(ofCase)
      expectSaid(spans.map(said), one, {})
    })
  })

  describe('of a response', () => {
    const ports: number[] = []
    beforeAll(async () => {
      for (const _ of cases) ports.push(await freePort())
      const stories = cases.map(({ kind, order }, i) => {
        const until = '\r\n\r\n'
        const rounds = [
          { ...plain(response(202, '', FILLER)), until },
          { ...ordered(order, kinds[kind]!.answer), until },
          { ...plain(response(203, '', { Connection: 'close' })), until },
        ]
        return { role: 'server', port: ports[i], rounds }
      })
      const host = await hostOfPeer(stories)
      const asked = cases.flatMap(({ kind }, i) => {
        const origin = `http://${host.peer}:${ports[i]}`
        const { path } = kinds[kind]!.expected
        return ['/status/202', path, '/status/203'].map((each) => ({
          method: 'GET',
          path: `${origin}${each}`,
        }))
      })
      const client = join(import.meta.dirname, '../../kit/programs/http_client.ts')
      const options = { netns: host.netns, input: JSON.stringify(asked) }
      const asking = run(process.execPath, [client, 'http://none', '1'], options)
      await Promise.all([played(host.cable), asking])
      await caughtUp(agent)
    })

    it.each(cases)('$kind, sent $order, are read in their order', (one) => {
      const clients = agent.spans().filter(isClientOf(ports[cases.indexOf(one)]!))
      expectSaid(clients.map(said), one, { method: 'GET', sent: 0 })
    })
  })
})
