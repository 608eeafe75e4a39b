import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { cleansUp, eventually, isRoot, runsAgent } from '../kit/fixtures.ts'
import { twoHosts } from '../kit/hosts.ts'
import { parseMetricsPage, type Series } from '../kit/metrics_page.ts'
import { freePort } from '../kit/processes.ts'
import { startPython } from '../kit/servers.ts'

cleansUp()

const CONNECTIONS = 200
const DATAGRAMS = 100
const SIZE = 50
const WAVES = 6
const INTERVAL_MS = 300

/** The shipped pipeline, sooner; it sees nothing but this port. */
function configured(port: number): string {
  const options = `\n    collection_interval: ${INTERVAL_MS}ms\n    select: [{ port: [${port}] }]`
  return readFileSync(new URL('../../pipelines/network.yaml', import.meta.url), 'utf8')
    .replace('  ebpf_sockets:', `  ebpf_sockets:${options}`)
    .replace('  ebpf_flows:', `  ebpf_flows:${options}`)
    .replace('  aggregation:', '  aggregation: { metrics_flush_interval: 300ms }')
}

async function pageAt(url: string): Promise<Series[]> {
  return parseMetricsPage(await (await fetch(url)).text())
}

function sumOf(page: readonly Series[], name: string, labels: Record<string, string> = {}): number {
  const found = page.filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  )
  return found.reduce((sum, { value }) => sum + value, 0)
}

/** Bytes of the kernel's memory in the agent's maps. */
function mapMemory({ program }: Agent): number {
  const folder = `/proc/${program.pid}/fdinfo`
  const sizes = readdirSync(folder).map((fd) => {
    const text = readIfThere(`${folder}/${fd}`)
    return /^map_type:[^]*^memlock:\s*(\d+)/m.exec(text)?.[1]
  })
  return sizes.reduce((sum, bytes) => sum + Number(bytes ?? 0), 0)
}

/** Descriptors of sockets and files come and go. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

describe.skipIf(!runsAgent() || !isRoot())('pipelines/network.yaml, always on', () => {
  it('[4.9] tells of all that comes and goes, and keeps no more for it', async () => {
    const [near, far] = await twoHosts()
    const [port, page] = [await freePort(), await freePort()]
    const agent = await startAgent(configured(port), {
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(page) },
    })
    const own = /Serving metrics\. url=(\S+)/.exec(agent.program.stderr)![1]!
    for (const words of [
      ['short_connections.py', 'serve'],
      ['datagrams.py', 'sink'],
    ] as const) {
      const server = await startPython(words[0], [words[1], String(port)], { netns: far.netns })
      await server.waitForOutput(/ready/)
    }
    const numbers = [port, CONNECTIONS, DATAGRAMS, SIZE].map(String)
    const client = await startPython('waves.py', [far.ipv4, ...numbers], { netns: near.netns })
    await client.waitForOutput(/ready/)

    const kept: object[] = []
    for (let wave = 1; wave <= WAVES; wave++) {
      client.signal('SIGUSR1')
      await client.waitForOutput(new RegExp(`wave ${wave}\n`), { timeoutMs: 20_000 })
      const told = await eventually(
        async () => {
          const now = await pageAt(`http://127.0.0.1:${page}/metrics`)
          expect(sumOf(now, 'waggle_tcp_connections_closed_total')).toBe(2 * wave * CONNECTIONS)
          const bytes = 'obi_network_flow_bytes_total'
          const connected = CONNECTIONS * (SIZE + 3)
          expect(sumOf(now, bytes, { network_transport: 'tcp' })).toBe(2 * wave * connected)
          const sent = wave * DATAGRAMS * SIZE
          expect(sumOf(now, bytes, { network_transport: 'udp' })).toBe(2 * sent)
          return now
        },
        { timeoutMs: 20_000 },
      )
      const series = (name: string): number => told.filter((one) => one.name === name).length
      kept.push({
        flows: series('obi_network_flow_bytes_total'),
        connections: series('waggle_tcp_connections_total'),
        mapMemory: mapMemory(agent),
      })
    }
    expect(
      new Set(kept.slice(1).map((one) => JSON.stringify(one))).size,
      JSON.stringify(kept),
    ).toBe(1)

    // No socket is left that anything could be told of.
    const accepted = async (): Promise<number> =>
      sumOf(await pageAt(own), 'otelcol_receiver_accepted_observations')
    await eventually(
      async () => {
        const before = await accepted()
        expect(before).toBeGreaterThan(2 * WAVES * CONNECTIONS)
        await sleep(5 * INTERVAL_MS)
        expect(await accepted()).toBe(before)
      },
      { timeoutMs: 20_000 },
    )
    const { exit, totals } = await agent.stop()
    expect(exit.code, totals).toBe(0)
  }, 90_000)
})
