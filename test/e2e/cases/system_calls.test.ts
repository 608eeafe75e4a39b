import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../../kit/agent.ts'
import { curl } from '../../kit/clients.ts'
import { compile } from '../../kit/compile.ts'
import { type BothEnds, exchange, expectExchanges } from '../../kit/exchanges.ts'
import { cleansUp, runsAgent } from '../../kit/fixtures.ts'
import { type Program, run, start } from '../../kit/processes.ts'
import { startNginx } from '../../kit/servers.ts'

cleansUp({ alone: true })

const COUNT = 20
/** Bytes of a body for each number of its message. */
const BODY = 1000

const exchanges = Array.from({ length: COUNT }, (_, i) => {
  const bytes = BODY * (i + 1)
  return exchange(`/${i + 1}`, { method: 'POST', sent: bytes, received: bytes })
})

async function portOf(program: Program): Promise<number> {
  const [, port] = await program.waitForOutput(/port (\d+)/)
  return Number(port)
}

function pidsOf({ clients, servers }: BothEnds, end: 'clients' | 'servers'): unknown[] {
  const spans = end === 'clients' ? clients : servers
  return [...new Set(spans.map(({ resource }) => resource['process.pid']))]
}

describe.skipIf(!runsAgent())('bytes that are sent', () => {
  let agent: Agent
  let ways: string
  beforeAll(async () => {
    agent = await startAgent()
    ways = await compile(join(import.meta.dirname, '../../kit/programs/ways.c'))
  })

  const all = ['write', 'writev', 'sendfile', 'splice', 'zerocopy', 'uring', 'uring_zc', 'sqpoll']
  it.each(all)('by %s are seen at both ends', async (way) => {
    const server = await start(ways, ['server', way])
    const port = await portOf(server)
    const client = await start(ways, ['client', `${port}`, way, `${COUNT}`])
    expect(await client.exited, client.output).toMatchObject({ code: 0 })
    const ends = await expectExchanges(agent, port, exchanges)
    expect(pidsOf(ends, 'clients')).toEqual([client.pid])
    expect(pidsOf(ends, 'servers')).toEqual([server.pid])
  })

  it('through a proxy by splice are seen at all four ends', async () => {
    const port = await portOf(await start(ways, ['server', 'write']))
    const proxy = await start(ways, ['proxy', `${port}`])
    const proxyPort = await portOf(proxy)
    await run(ways, ['client', `${proxyPort}`, 'write', `${COUNT}`])
    const before = await expectExchanges(agent, proxyPort, exchanges)
    const behind = await expectExchanges(agent, port, exchanges)
    expect(pidsOf(before, 'servers')).toEqual([proxy.pid])
    expect(pidsOf(behind, 'clients')).toEqual([proxy.pid])
  })

  it('by sendfile of nginx, after its head and together with it, have the size of the file', async () => {
    const files = { small: Buffer.alloc(100, 's'), large: Buffer.alloc(3_000_000, 'l') }
    for (const push of ['', 'tcp_nopush on;']) {
      const nginx = await startNginx({ server: `sendfile on; ${push}`, files })
      const origin = `http://127.0.0.1:${nginx.port}`
      const urls = ['small', 'large', 'small'].flatMap((name) => [
        '-o',
        '/dev/null',
        `${origin}/${name}`,
      ])
      await curl(urls)
      await curl(['-o', '/dev/null', '-r', '10-19', `${origin}/large`])
      await expectExchanges(agent, nginx.port, [
        exchange('/small', { received: 100 }),
        exchange('/large', { received: 3_000_000 }),
        exchange('/small', { received: 100 }),
        exchange('/large', { status: 206, received: 10 }),
      ])
    }
  })

  it('by nginx to nginx as proxy, by sendfile on both, are seen on either connection', async () => {
    const origin = await startNginx({
      server: 'sendfile on;',
      files: { file: Buffer.alloc(500_000, 'f') },
    })
    const location = `location / { proxy_pass http://127.0.0.1:${origin.port}; }`
    const proxy = await startNginx({ server: location })
    await curl(['-o', '/dev/null', `http://127.0.0.1:${proxy.port}/file`])
    const file = [exchange('/file', { received: 500_000 })]
    const before = await expectExchanges(agent, proxy.port, file)
    const behind = await expectExchanges(agent, origin.port, file)
    expect(pidsOf(behind, 'clients')).toEqual(proxy.workerPids())
    expect(pidsOf(before, 'servers')).toEqual(proxy.workerPids())
  })
})
