import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { endsOf, exchange, expectExchanges, expectUnordered, said } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { twoHosts } from '../../kit/hosts.ts'
import { freePort } from '../../kit/processes.ts'
import { request } from '../../kit/messages.ts'
import { rawClient } from '../../kit/raw.ts'
import { runPython, startNginx, startPython } from '../../kit/servers.ts'

cleansUp({ alone: true })

const CONNECTIONS = 200
/** Connections that open at the same time. */
const AT_ONCE = 16

/** Runs `one` for every number, some at the same time. */
async function forEach(count: number, one: (i: number) => Promise<void>): Promise<void> {
  const workers = Array.from({ length: AT_ONCE }, async (_, worker) => {
    for (let i = worker; i < count; i += AT_ONCE) await one(i)
  })
  await Promise.all(workers)
}

const pathOf = (i: number) => `/${i}/x${'x'.repeat(i)}`

describe.skipIf(!runsAgent())('the first request', () => {
  let agent: Agent
  beforeAll(async () => {
    agent = await startAgent()
  })

  /** A server that echoes the path, and that accepts only when the first request is there. */
  const deferred: [string, () => Promise<number>][] = [
    [
      'nginx',
      async () => {
        const port = await freePort()
        const server = 'location / { return 200 "$uri"; }'
        await startNginx({ listen: [`127.0.0.1:${port} deferred`], workers: 2, server })
        return port
      },
    ],
    [
      'a plain server',
      async () => {
        const port = await freePort()
        const server = await startPython('opening.py', [
          'server',
          '127.0.0.1',
          `${port}`,
          '--deferred',
        ])
        await server.waitForPort(port)
        return port
      },
    ],
  ]
  describe.each(deferred)('to %s that defers accepting', (_, startServer) => {
    it('of each of 200 connections is reported with its own response, and the next too', async () => {
      const port = await startServer()
      await forEach(CONNECTIONS, async (i) => {
        const socket = await rawClient(port)
        for (const path of [pathOf(i), `${pathOf(i)}/again`]) {
          await socket.send(request('GET', path))
          await socket.takeUntil(`\r\n\r\n${path}`)
        }
        socket.close()
        await socket.closed
      })
      const all = Array.from({ length: CONNECTIONS }, (_none, i) => pathOf(i)).flatMap((path) =>
        [path, `${path}/again`].map((one) => exchange(one, { received: one.length })),
      )
      await expectUnordered(agent, port, all)
    })

    it('is reported when only its beginning came before the connection was accepted', async () => {
      const port = await startServer()
      const question = request('GET', '/parts', '', { 'X-Filler': 'f'.repeat(600) })
      const cuts = [1, 3, 4, 10, 20, 60, 300, 620, question.length - 1]
      await forEach(cuts.length, async (i) => {
        const socket = await rawClient(port)
        await socket.send(question.slice(0, cuts[i]))
        await socket.send(question.slice(cuts[i]))
        await socket.takeUntil('\r\n\r\n/parts')
        socket.close()
        await socket.closed
      })
      const one = exchange('/parts', { received: 6 })
      await expectExchanges(
        agent,
        port,
        cuts.map(() => one),
      )
    })

    it('is reported, and those that came with it in one packet are counted', async () => {
      const port = await startServer()
      const paths = ['/one', '/two', '/three']
      const socket = await rawClient(port)
      await socket.send(paths.map((path) => request('GET', path)).join(''))
      for (const path of paths) await socket.takeUntil(`\r\n\r\n${path}`)
      socket.close()
      await socket.closed
      const all = paths.map((path) => exchange(path, { received: path.length }))
      const { clients, servers } = await endsOf(agent, port, 1)
      expect(clients.map(said)).toEqual(all)
      // What the listener got with the first cannot be followed: it is counted as one loss.
      expect(servers.map(said)).toEqual(all.slice(0, 1))
    })
  })

  it('that travels in the SYN is reported at both ends, and the next too', async () => {
    const [one, two] = await twoHosts()
    for (const { run } of [one, two]) {
      await run('sh', ['-c', 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen'])
    }
    for (const host of [two.ipv4, two.ipv6]) {
      const port = await freePort()
      const place = [host, `${port}`]
      const options = { netns: two.netns }
      const server = await startPython('opening.py', ['server', ...place, '--fastopen'], options)
      await server.waitForPort(port)
      const before = await fastOpens(two)
      // The first connection gets the cookie; later ones send their request with it.
      await runPython('opening.py', ['client', ...place, '20', '--fastopen'], { netns: one.netns })
      expect((await fastOpens(two)) - before).toBe(19)
      const all = Array.from({ length: 20 }, (_, i) => pathOf(i)).flatMap((path) => [
        path,
        `${path}/again`,
      ])
      await expectUnordered(
        agent,
        port,
        all.map((path) => exchange(path, { received: path.length })),
      )
    }
  })
})

/** Connections that came with data in their SYN, as the kernel counts them. */
async function fastOpens({ run }: Awaited<ReturnType<typeof twoHosts>>[0]): Promise<number> {
  const { stdout } = await run('cat', ['/proc/net/netstat'])
  const [names, values] = stdout.split('\n').filter((line) => line.startsWith('TcpExt:'))
  return Number(values!.split(' ')[names!.split(' ').indexOf('TCPFastOpenPassive')])
}
