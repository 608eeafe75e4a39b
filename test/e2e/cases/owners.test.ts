import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { type BothEnds, exchange, expectUnordered, said } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import type { SpanView } from '../../kit/otlp.ts'
import { freePort } from '../../kit/processes.ts'
import { startPython } from '../../kit/servers.ts'

cleansUp({ alone: true })

const THREAD = 'thread.id'

/** Who asked and who answered, as they said themselves. */
interface Told {
  path: string
  client: { pid: number; tid: number }
  server: { pid: number; tid: number }
}

const ownerOf = ({ resource, attributes }: SpanView) => ({
  pid: resource['process.pid'],
  tid: attributes[THREAD],
})

describe.skipIf(!runsAgent())('the process and the thread of an exchange', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  /** Lets a server answer a client, and returns what both said beside what the agent says. */
  async function talk(
    server: string[],
    client: string[],
  ): Promise<{ told: Told[]; ends: BothEnds }> {
    const port = await freePort()
    const serving = await startPython('serving.py', ['127.0.0.1', `${port}`, ...server])
    await serving.waitForPort(port)
    const asking = await startPython('asking.py', ['127.0.0.1', `${port}`, ...client])
    expect(await asking.exited, asking.output).toMatchObject({ code: 0 })
    const lines = asking.stdout.trim().split('\n')
    const told = lines.map((line) => {
      const [path, pid, tid] = line.split(' ')
      const clientTid = Number(path!.split('/')[1])
      return {
        path: path!,
        client: { pid: asking.pid, tid: clientTid },
        server: { pid: Number(pid), tid: Number(tid) },
      }
    })
    const received = (path: string) =>
      lines.find((l) => l.startsWith(`${path} `))!.length - path.length - 1
    const expected = told.map(({ path }) => exchange(path, { received: received(path) }))
    return { told, ends: await expectUnordered(agent, port, expected) }
  }

  /** Every exchange is said to be whose it is; returns how many different owners there were. */
  function expectOwners(
    told: Told[],
    { clients, servers }: BothEnds,
  ): { clients: number; servers: number } {
    const byPath = new Map(told.map((one) => [one.path, one]))
    for (const [end, spans] of [
      ['client', clients],
      ['server', servers],
    ] as const) {
      const right = spans.map((span) => ({
        path: said(span).path,
        ...byPath.get(said(span).path)![end],
      }))
      expect(spans.map((span) => ({ path: said(span).path, ...ownerOf(span) }))).toEqual(right)
    }
    const count = (end: 'client' | 'server') => new Set(told.map((one) => one[end].tid)).size
    return { clients: count('client'), servers: count('server') }
  }

  it('are those that wait by epoll for their own connections', async () => {
    const { told, ends } = await talk(['--threads', '3'], ['3', '4', '5'])
    expect(expectOwners(told, ends)).toMatchObject({ clients: 3 })
  })

  it('are those of two worker processes that listen on one port', async () => {
    const { told, ends } = await talk(['--processes', '2', '--threads', '2'], ['2', '10', '2'])
    expectOwners(told, ends)
    expect(new Set(told.map(({ server }) => server.pid)).size).toBe(2)
  })

  it('are those of each exchange at a server whose threads take turns on a connection', async () => {
    const { told, ends } = await talk(['--threads', '3', '--shared'], ['3', '2', '10', '--shared'])
    // At a client it is the one that sent first on the connection.
    const servers = expectOwners(told, { ...ends, clients: [] })
    expect(servers.servers).toBeGreaterThan(1)
    const pids = new Set(ends.clients.map((span) => ownerOf(span).pid))
    expect([...pids]).toEqual([told[0]!.client.pid])
  })
})
