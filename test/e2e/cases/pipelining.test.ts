import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, type Exchange, expectExchanges, plainExchange } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { chunked, message, request, response } from '../../kit/messages.ts'
import { type RawPair, rawPair, sendSingly } from '../../kit/raw.ts'

cleansUp({ alone: true })

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
})
