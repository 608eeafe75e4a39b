import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { exchange, type Exchange, expectMost, orUnknown, said } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { type Faults, twoHostsFarApart } from '../../kit/hosts.ts'
import { freePort, run } from '../../kit/processes.ts'
import { startNodeServer } from '../../kit/servers.ts'

cleansUp({ alone: true })

const REQUESTS = 400
const CONNECTIONS = 20
const CLIENT = join(import.meta.dirname, '../../kit/programs/http_client.ts')

interface Asked {
  method: string
  path: string
  body?: string
  chunks?: string[]
}

/** Requests of several kinds, and what is to be said of each; the path ends in its number. */
function kind(i: number): { asked: Asked; expected: Exchange } {
  const status = 200 + (i % 5)
  const bytes = (i * 97) % 20_000
  const large = 'b'.repeat(bytes)
  // Where a head or a chunk's size came late, the end that it told of may not be found.
  const known = orUnknown(bytes)
  const kinds: [Asked, Partial<Exchange>][] = [
    [
      { method: 'GET', path: `/status/${status}/${i}` },
      { status, received: orUnknown(0) },
    ],
    [{ method: 'GET', path: `/length/${bytes}/${i}` }, { received: known }],
    [
      { method: 'POST', path: `/echo/${i}`, body: large },
      { sent: known, received: known },
    ],
    [
      { method: 'PUT', path: `/continue/${i}`, chunks: ['chunk', large, 'chunk'] },
      { sent: orUnknown(bytes + 10), received: orUnknown(String(bytes + 10).length) },
    ],
    [{ method: 'GET', path: `/chunked/5/${i}` }, { received: orUnknown(40) }],
  ]
  const [asked, answered] = kinds[i % kinds.length]!
  const expected = { method: asked.method, sent: orUnknown(0), ...answered }
  return { asked, expected: exchange(asked.path, expected) }
}

describe.skipIf(!runsAgent())('over a cable', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  const cables: [string, Faults][] = [
    ['that loses 3 % of the packets', { drop: 0.03 }],
    ['that delivers 5 % of the packets late', { reorder: 0.05 }],
    ['that delivers 5 % of the packets twice', { duplicate: 0.05 }],
    ['that does all three', { drop: 0.02, reorder: 0.03, duplicate: 0.03 }],
  ]
  // A head whose pieces come out of order may end what can be told of its connection.
  it.each(cables)(
    '%s nothing wrong is said, and four exchanges of five are told',
    async (_, faults) => {
      const { hosts, cable } = await twoHostsFarApart(faults)
      const [one, two] = hosts
      const port = await freePort()
      await startNodeServer({ host: two.ipv4, netns: two.netns, port })
      const all = Array.from({ length: REQUESTS }, (_none, i) => kind(i))
      await run(process.execPath, [CLIENT, `http://${two.ipv4}:${port}`, `${CONNECTIONS}`], {
        netns: one.netns,
        input: JSON.stringify(all.map(({ asked }) => asked)),
      })
      const expected = all.map((single) => single.expected)
      const { clients, servers } = await expectMost(agent, port, expected, 0.8)
      const rows = [...clients, ...servers].map(said)
      const known = rows.filter((row) => row.sent !== undefined && row.received !== undefined)
      expect(known.length).toBeGreaterThan(0.9 * rows.length)
      await cable.stop()
      for (const [fault, counted] of [
        ['drop', /dropped=[1-9]/],
        ['reorder', /reordered=[1-9]/],
        ['duplicate', /duplicated=[1-9]/],
      ] as const) {
        if (faults[fault]) expect(cable.stdout).toMatch(counted)
      }
    },
  )
})
