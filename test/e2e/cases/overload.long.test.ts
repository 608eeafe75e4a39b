import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Agent, startAgent, totalsOf } from '../../kit/agent.ts'
import { cleansUp, eventually, runsAgent } from '../../kit/fixtures.ts'
import { type LoadResult, runOpenLoad, runWrk } from '../../kit/load.ts'
import { startNginx } from '../../kit/servers.ts'

cleansUp({ alone: true })

/** A ring that is full after some 4,000 records. */
const SMALL_RING = '{ ring_buffer_mib: 1 }'

/** How many spans were written: of a port's servers, of their clients, and in all. */
function count(agent: Agent, port: number): { servers: number; clients: number; all: number } {
  const text = agent.text()
  const occurrences = (words: string) => text.split(words).length - 1
  const withPort = (key: string) => occurrences(`{"key":"${key}","value":{"intValue":"${port}"}}`)
  return {
    servers: withPort('network.local.port'),
    clients: withPort('network.peer.port'),
    all: occurrences('"spanId":'),
  }
}

describe.skipIf(!runsAgent())('the agent under load', () => {
  it('[0.11] loses nothing at 2,000 requests a second for 5 s', async () => {
    const nginx = await startNginx({ accessLog: false })
    const agent = await startAgent()
    const url = `http://127.0.0.1:${nginx.port}/`
    const load = await runOpenLoad({ url, rps: 2000, seconds: 5, connections: 20 })
    expect(load).toMatchObject({ requests: 10_000, errors: 0, unanswered: 0 })
    const { totals } = await agent.stop()
    const { servers, clients, all } = count(agent, nginx.port)
    expect({ servers, clients }, totals).toEqual({ servers: 10_000, clients: 10_000 })
    const receiver = totalsOf('receiver/ebpf_http', totals)
    expect(receiver).toEqual({ seen: all, handedOn: all, dropped: {} })
  })

  it('counts what it lost while stopped, exactly, and goes on', async () => {
    const nginx = await startNginx({ accessLog: false })
    const agent = await startAgent(undefined, { ebpfHttp: SMALL_RING })
    const url = `http://127.0.0.1:${nginx.port}/`
    const load = async (rps: number): Promise<number> => {
      const done = await runOpenLoad({ url, rps, seconds: 1, connections: 20 })
      expect(done).toMatchObject({ errors: 0, unanswered: 0 })
      return done.requests
    }
    agent.program.signal('SIGSTOP')
    const lost = await load(8000)
    agent.program.signal('SIGCONT')
    const before = await eventually(async () => {
      const { all } = count(agent, nginx.port)
      expect(all).toBeGreaterThan(2000)
      await sleep(200)
      expect(count(agent, nginx.port).all).toBe(all)
      return all
    })
    const kept = await load(500)
    await eventually(() => expect(count(agent, nginx.port).all).toBe(before + 2 * kept))

    const { totals } = await agent.stop()
    const { servers, clients, all } = count(agent, nginx.port)
    const { seen, handedOn, dropped } = totalsOf('receiver/ebpf_http', totals)
    const { ring_full, ...others } = dropped
    expect(others).toEqual({})
    expect({ seen, handedOn }).toEqual({ seen: all + ring_full!, handedOn: all })
    expect(servers + clients + ring_full!).toBe(2 * (lost + kept))
    expect(ring_full).toBeGreaterThan(lost)
  })

  // A ratio of two short runs: a busy machine may have it wrong once.
  it('does no harm to the traffic while it is stopped', { retry: 2 }, async () => {
    const nginx = await startNginx({ accessLog: false })
    const agent = await startAgent(undefined, { ebpfHttp: SMALL_RING })
    const wrk = (): Promise<LoadResult> =>
      runWrk({ url: `http://127.0.0.1:${nginx.port}/`, seconds: 1, connections: 16 })
    const running = await wrk()
    agent.program.signal('SIGSTOP')
    const stopped = await wrk()
    agent.program.signal('SIGCONT')
    expect([running.errors, stopped.errors]).toEqual([0, 0])
    // The machine's own noise is a quarter.
    expect(stopped.rps / running.rps).toBeGreaterThan(0.7)
    const { exit } = await agent.stop()
    expect(exit.code).toBe(0)
  })
})
