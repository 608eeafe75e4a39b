import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent, totalsOf } from '../../kit/agent.ts'
import { ownCgroup } from '../../kit/cgroups.ts'
import {
  endsOf,
  exchange,
  type Exchange,
  expectExchanges,
  expectPairs,
  isClientOf,
  isServerOf,
  plainExchange,
  said,
} from '../../kit/exchanges.ts'
import { cleansUp, eventually, runsAgent } from '../../kit/fixtures.ts'
import { run } from '../../kit/processes.ts'
import {
  chunked,
  message,
  rawClient,
  type RawPair,
  rawPair,
  request,
  response,
  sendSingly,
} from '../../kit/raw.ts'
import { startNginx } from '../../kit/servers.ts'

cleansUp()

/** Requests that may wait for their answers beside the one that is being answered. */
const LINE = 8

interface Turn {
  question: string
  answer: string
  expected: Exchange
}

/** Requests of several kinds, each with a path, a status and sizes of its own. */
function turns(count: number): Turn[] {
  return Array.from({ length: count }, (_, i) => turn(`/turn/${i}`, i))
}

function turn(path: string, i: number): Turn {
  const status = 210 + i
  const received = i % 3 === 1 ? 0 : 10 + i
  const answer = response(status, 'a'.repeat(received))
  const expected = exchange(path, { status, received })
  if (i % 4 === 1) {
    const body = 'GET /body HTTP/1.1\r\n\r\n'.repeat(1 + i)
    const question = request('POST', path, body)
    return { question, answer, expected: { ...expected, method: 'POST', sent: body.length } }
  }
  if (i % 4 === 2) {
    const head = request('PUT', path, '', { 'Transfer-Encoding': 'chunked' })
    const question = head + chunked(['abc', 'd'.repeat(i)])
    return { question, answer, expected: { ...expected, method: 'PUT', sent: 3 + i } }
  }
  if (i % 4 === 3) {
    const head = message(`HTTP/1.1 ${status} OK`, { 'Content-Length': 1000 })
    const seen = { ...expected, method: 'HEAD', received: 0 }
    return { question: request('HEAD', path), answer: head, expected: seen }
  }
  return { question: request('GET', path), answer, expected }
}

const questions = (list: Turn[]) => list.map(({ question }) => question).join('')
const answers = (list: Turn[]) => list.map(({ answer }) => answer).join('')

async function ask({ client, server }: RawPair, bytes: string): Promise<void> {
  await client.send(bytes)
  await server.take(bytes.length)
}

async function answer({ client, server }: RawPair, pieces: string[]): Promise<void> {
  for (const piece of pieces) await server.send(piece)
  await client.take(pieces.join('').length)
}

/** A text in pieces of a size. */
function pieces(text: string, size: number): string[] {
  return text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
}

describe.skipIf(!runsAgent())('pipelined requests', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const ways: [string, (all: Turn[]) => string[]][] = [
    ['one segment', (all) => [answers(all)]],
    ['a segment each', (all) => all.map((one) => one.answer)],
    ['segments of 7 bytes', (all) => pieces(answers(all), 7)],
    ['segments of 100 bytes', (all) => pieces(answers(all), 100)],
  ]
  describe.each(ways)('answered in %s', (_, cut) => {
    it.each([2, LINE, LINE + 1])('are reported in order when %d come in one write', async (n) => {
      const pair = await rawPair()
      const all = turns(n)
      await ask(pair, questions(all))
      await answer(pair, cut(all))
      const next = await plainExchange(pair)
      await pair.close()
      await expectExchanges(agent, pair.port, [...all.map(({ expected }) => expected), next])
    })
  })

  it('are reported in order when they and their answers come byte by byte', async () => {
    const pair = await rawPair()
    const all = turns(LINE + 1)
    await sendSingly(pair.client, pair.server, questions(all))
    await sendSingly(pair.server, pair.client, answers(all))
    const next = await plainExchange(pair)
    await pair.close()
    await expectExchanges(agent, pair.port, [...all.map(({ expected }) => expected), next])
  })

  it('are reported in order when each answer lets the next request follow', async () => {
    const pair = await rawPair()
    const all = turns(30)
    await ask(pair, questions(all.slice(0, 4)))
    for (const [i, one] of all.entries()) {
      await answer(pair, [one.answer])
      if (all[i + 4]) await ask(pair, all[i + 4]!.question)
    }
    const next = await plainExchange(pair)
    await pair.close()
    await expectExchanges(agent, pair.port, [...all.map(({ expected }) => expected), next])
  })

  it('are not ended by the close of the client, and those without an answer say so', async () => {
    const pair = await rawPair()
    const all = turns(3)
    await ask(pair, questions(all))
    await answer(pair, [all[0]!.answer])
    await pair.close()
    const error = expect.stringMatching(/^(no_response|ECONNRESET|EPIPE)$/)
    const lost = { status: undefined, received: undefined, error }
    await expectExchanges(agent, pair.port, [
      all[0]!.expected,
      { ...all[1]!.expected, ...lost },
      { ...all[2]!.expected, ...lost },
    ])
  })

  it('of nginx, 16 at a time as load generators send them, are never paired wrongly', async () => {
    const locations = [200, 201, 404, 500].map((s) => `location /${s}/ { return ${s} "$uri"; }`)
    const nginx = await startNginx({ server: locations.join('\n') })
    const sent = await Promise.all([0, 1, 2, 3].map((client) => pipelineOf16(nginx.port, client)))
    const right = new Map(sent.flat().map((one) => [one.path, one]))
    const { clients, servers } = await endsOf(agent, nginx.port, 4 * ROUNDS * (LINE + 1))
    expectPairs({ clients, servers })
    for (const spans of [clients, servers]) {
      expect(spans.length).toBeGreaterThanOrEqual(4 * ROUNDS * (LINE + 1))
      for (const row of spans.map(said)) {
        expect({ ...row, error: undefined }).toEqual(right.get(row.path))
      }
    }
  })

  it('[0.11] beyond those that may wait are counted and skipped with their answers', async () => {
    const cgroup = ownCgroup()
    const nginx = await startNginx({ server: 'location / { return 200 "$uri"; }', cgroup })
    const counting = await startAgent(undefined, { cgroup })
    const paths = Array.from({ length: LINE + 4 }, (_, i) => `/turn/${i}`)
    const asked = paths.map((path) => request('GET', path)).join('')
    await run(process.execPath, ['--eval', CLIENT, `${nginx.port}`, asked], { cgroup })
    const reported = [...paths.slice(0, LINE + 1), '/next']
    await eventually(() => expect(counting.spans()).toHaveLength(2 * reported.length))
    const { totals } = await counting.stop()
    const { seen, handedOn, dropped } = totalsOf('receiver/ebpf_http', totals)
    // What is beyond is counted in a map, three at each end; all others come through the ring buffer.
    expect(dropped).toEqual({ pipelined: 6 })
    expect({ seen, handedOn }).toEqual({ seen: 26, handedOn: 20 })
    const expected = reported.map((path) => exchange(path, { received: path.length }))
    for (const isOurs of [isClientOf(nginx.port), isServerOf(nginx.port)]) {
      const rows = counting.spans().filter(isOurs).map(said)
      expect(rows).toEqual(expected)
    }
  })
})

/** Sends what it is given in one write, and when all of it was answered one request more. */
const CLIENT = `
  const [port, asked] = process.argv.slice(1)
  const count = asked.split('GET ').length
  const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(asked))
  let got = ''
  socket.on('data', (data) => {
    got += data
    const answers = got.split('200 OK').length - 1
    if (answers === count - 1) socket.write('GET /next HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n')
    if (answers === count) socket.end()
  })
`

const ROUNDS = 20

/** Sends rounds of 16 requests in one write each; returns what each was answered. */
async function pipelineOf16(port: number, client: number): Promise<Exchange[]> {
  const socket = await rawClient(port)
  const all: Exchange[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const asked = Array.from({ length: 16 }, (_, i) => {
      const status = [200, 201, 404, 500][(round + i) % 4]!
      const path = `/${status}/${client}/${round}/${'x'.repeat(i)}`
      return exchange(path, { status, received: path.length })
    })
    await socket.send(asked.map(({ path }) => request('GET', path)).join(''))
    for (const { path } of asked) await socket.takeUntil(`\r\n\r\n${path}`)
    all.push(...asked)
  }
  socket.close()
  return all
}
