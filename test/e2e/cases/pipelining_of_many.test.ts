import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent, totalsOf } from '../../kit/agent.ts'
import {
  endsOf,
  exchange,
  type Exchange,
  expectPairs,
  isClientOf,
  isServerOf,
  said,
} from '../../kit/exchanges.ts'
import { cleansUp, eventually, runsAgent } from '../../kit/fixtures.ts'
import { request } from '../../kit/messages.ts'
import { run } from '../../kit/processes.ts'
import { rawClient } from '../../kit/raw.ts'
import { startNginx } from '../../kit/servers.ts'

cleansUp({ alone: true })

/** Requests that may wait for their answers beside the one that is being answered. */
const LINE = 8

describe.skipIf(!runsAgent())('more pipelined requests than may wait', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  it('are never paired wrongly when nginx gets 16 at a time', async () => {
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

  it('[0.11] are counted, and skipped with their answers', async () => {
    const nginx = await startNginx({ server: 'location / { return 200 "$uri"; }' })
    const counting = await startAgent()
    const paths = Array.from({ length: LINE + 4 }, (_, i) => `/turn/${i}`)
    const asked = paths.map((path) => request('GET', path)).join('')
    await run(process.execPath, ['--eval', CLIENT, `${nginx.port}`, asked])
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
