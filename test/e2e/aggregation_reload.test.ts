import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { curl } from '../kit/clients.ts'
import { cleansUp, eventually, isRoot, runsAgent, tempDir } from '../kit/fixtures.ts'
import { freePort } from '../kit/processes.ts'
import { startPythonHttpServer } from '../kit/servers.ts'

cleansUp()

interface Options {
  readonly verbosity?: string
  readonly interval?: string
}

describe.skipIf(!runsAgent() || !isRoot())('what aggregation has counted', () => {
  it('survives a reload of the receivers and exporters around it', async () => {
    const server = await startPythonHttpServer()
    const page = await freePort()
    const config = join(tempDir('reload'), 'waggle.yaml')
    const configure = ({ verbosity = 'basic', interval = '200ms' }: Options): void =>
      writeFileSync(
        config,
        `
receivers: { ebpf_sockets: { collection_interval: ${interval}, select: [{ port: [${server.port}] }] } }
processors: { aggregation: { metrics_flush_interval: 200ms } }
exporters:
  debug: { verbosity: ${verbosity} }
  prometheus: { endpoint: 127.0.0.1:${page} }
service:
  pipelines:
    metrics: { receivers: [ebpf_sockets], processors: [aggregation], exporters: [debug, prometheus] }`,
      )
    configure({})
    const agent = await startAgent(`\${file:${config}}`, { args: ['--no-watch-config'] })
    const { program } = agent
    let asked = 0
    const ask = async (): Promise<void> => {
      await curl([`http://127.0.0.1:${server.port}/`])
      asked++
      await eventually(async () => expect(await accepted(page)).toBe(asked))
    }
    await ask()
    await ask()
    for (const [i, change] of [{ verbosity: 'normal' }, { interval: '300ms' }].entries()) {
      configure(change)
      program.signal('SIGHUP')
      await eventually(() =>
        expect(program.stderr.match(/Configuration reloaded\./g)).toHaveLength(i + 1),
      )
      await ask()
    }
    expect((await agent.stop()).exit.code).toBe(0)
  }, 60_000)
})

/** Connections that the page has of the server. */
async function accepted(page: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${page}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('waggle_tcp_connections_total{'))
  const own = lines.filter((line) => line.includes('network_tcp_handshake_role="server"'))
  return own.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
