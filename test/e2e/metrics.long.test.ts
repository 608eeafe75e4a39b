import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { atEnd } from '../kit/cleanup.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { parseMetricsPage, type Series } from '../kit/metrics_page.ts'
import { runOpenLoad } from '../kit/load.ts'
import { freePort } from '../kit/processes.ts'
import { startNginx, startNodeServer } from '../kit/servers.ts'

cleansUp()

/** An agent of one node that prints little, and its metrics page. */
async function startNode(service = ''): Promise<{ agent: Agent; page: () => Promise<Page> }> {
  const agent = await startAgent(`
receivers: { ebpf_http: }
processors: { protocol_inference: , batch: { timeout: 100ms } }
exporters: { debug: { verbosity: basic, summary_interval: 0s } }
service:
  telemetry: { metrics: { endpoint: '127.0.0.1:0', level: detailed }, resource: { rack: r1 } }
  ${service}
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference, batch], exporters: [debug] }
`)
  const [, url] = await agent.program.waitForOutput(/Serving metrics\. url=(\S+)/)
  return { agent, page: async () => new Page(await (await fetch(url as string)).text()) }
}

/** The page at a moment. */
class Page {
  readonly series: readonly Series[]

  constructor(text: string) {
    this.series = parseMetricsPage(text)
  }

  /** The sum of the series of a metric that have these labels; undefined when there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const fitting = this.series.filter(
      (one) =>
        one.name === name &&
        Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    if (fitting.length === 0) return undefined
    return fitting.reduce((sum, { value }) => sum + value, 0)
  }
}

/** Sends what begins like HTTP and is not, to a server that takes anything. */
async function sendNonsense(): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).resume())
  atEnd('a server that takes anything', () => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end('GET this is no request line at all\r\n\r\n')
  await once(socket, 'close')
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))("the agent's own metrics", () => {
  let agent: Agent
  let page: () => Promise<Page>
  beforeAll(async () => {
    ;({ agent, page } = await startNode('limits: { cpu: 3, memory_mib: 4000 }'))
  })

  it('[2.6] follow a request from the programs in the kernel to user space and out', async () => {
    const before = await page()
    const { port } = await startNodeServer()
    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    for (let i = 0; i < 25; i++) await client.send('/status/200')
    client.close()
    await sendNonsense()
    const settles = async (): Promise<void> => {
      const now = await page()
      const grown = (name: string, labels = {}): number =>
        (now.sum(name, labels) ?? 0) - (before.sum(name, labels) ?? 0)
      const handedOver = grown('waggle_bpf_events', { event: 'records' })
      const accepted = grown('otelcol_receiver_accepted_observations')
      const excluded = grown('waggle_receiver_excluded')
      expect(handedOver).toBeGreaterThanOrEqual(50)
      expect(accepted + excluded).toBe(handedOver)
      expect(grown('otelcol_processor_outgoing_items', { processor: 'batch' })).toBe(accepted)
      expect(grown('otelcol_exporter_sent_spans')).toBe(accepted)
      expect(grown('waggle_bpf_events', { event: 'not_http' })).toBeGreaterThanOrEqual(1)
    }
    // To fetch the page is a request too, which has to have gone through before the next look.
    await eventually(settles, { timeoutMs: 10_000, intervalMs: 300 })
  })

  it('say what the agent and its programs cost', async () => {
    const { port } = await startNodeServer()
    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    const sending = setInterval(() => void client.send('/status/200').catch(() => {}), 20)
    await eventually(
      async () => {
        const now = await page()
        const program = { program: 'http', function: 'http_egress' }
        const ns = (now.sum('waggle_bpf_program_run_time', program) ?? 0) * 1e9
        const runs = now.sum('waggle_bpf_program_runs', program) ?? 0
        expect(runs).toBeGreaterThan(20)
        expect(ns / runs).toBeGreaterThan(10)
        expect(ns / runs).toBeLessThan(1_000_000)
        expect(now.sum('waggle_governor_cpu')).toBeGreaterThan(0)
      },
      // Programs are measured once a minute.
      { timeoutMs: 75_000, intervalMs: 500 },
    ).finally(() => clearInterval(sending))
    client.close()
    const now = await page()
    const status = readFileSync(`/proc/${agent.program.pid}/status`, 'utf8')
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024
    expect(now.sum('otelcol_process_memory_rss')! / rss).toBeCloseTo(1, 0)
    expect(now.sum('otelcol_process_cpu_seconds')).toBeGreaterThan(0.1)
    expect(now.sum('waggle_governor_level')).toBe(0)
    expect(now.sum('waggle_governor_cpu_limit')).toBe(3)
    expect(now.sum('waggle_bpf_ring_buffer_size')).toBe(8 * 1024 * 1024)
  }, 90_000)

  it('say of which agent they are, and stand in the documentation, each of them', async () => {
    const { series } = await page()
    for (const { labels } of series) {
      expect(labels).toMatchObject({ service_name: 'waggle', rack: 'r1' })
      expect(labels['service_instance_id']).toMatch(/^[0-9a-f-]{36}$/)
    }
    // The series of a histogram have the name of the metric, and what part of it they are.
    const names = new Set(series.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, '')))
    expect(names.size).toBeGreaterThan(20)
    const documentation = readFileSync(`${import.meta.dirname}/../../docs/metrics.md`, 'utf8')
    const found = documentation.matchAll(/`((?:otelcol|waggle)[\w.]+)`/g)
    const documented = new Set([...found].map(([, name]) => name!.replaceAll('.', '_')))
    expect([...names].filter((name) => !documented.has(name))).toEqual([])
  })

  it('say what was left out when the agent cost more CPU than it may', async () => {
    const poor = await startNode('limits: { cpu: 0.01 }')
    const { port } = await startNginx({ listen: [`127.0.0.1:${await freePort()}`] })
    const url = `http://127.0.0.1:${port}/`
    const load = runOpenLoad({ url, rps: 2_000, seconds: 12, connections: 8 })
    const [, fields] = await poor.agent.program.waitForOutput(/keeping fewer exchanges\.(.*)/)
    expect(fields).toMatch(/ cores=[\d.]+ limit=0\.01 keeping_1_of=(2|4|8)$/)
    const { requests } = await load
    await eventually(async () => {
      const now = await poor.page()
      expect(now.sum('waggle_governor_level')).toBe(1)
      expect(now.sum('waggle_governor_sampling_ratio')).toBeLessThanOrEqual(0.5)
      const kept = now.sum('waggle_bpf_events', { event: 'records' })!
      const leftOut = now.sum('waggle_bpf_events', { event: 'sampled_out' })!
      // Both ends of each exchange.
      expect(kept + leftOut).toBeGreaterThanOrEqual(2 * requests)
      expect(leftOut).toBeGreaterThan(kept / 2)
    })
    await poor.agent.stop()
  })

  it('count what is refused for lack of memory', async () => {
    const small = await startNode('limits: { memory_mib: 32 }')
    await small.agent.program.waitForOutput(/uses more memory than it may, refusing data/)
    const { port } = await startNodeServer()
    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    for (let i = 0; i < 5; i++) await client.send('/status/200')
    client.close()
    await eventually(async () => {
      const now = await small.page()
      const reason = 'memory_limit'
      expect(now.sum('waggle_component_dropped', { reason })).toBeGreaterThanOrEqual(10)
      expect(now.sum('otelcol_receiver_refused_observations')).toBeGreaterThanOrEqual(10)
      expect(now.sum('waggle_governor_memory_refusing')).toBe(1)
    })
    const { totals } = await small.agent.stop()
    expect(totals).toMatch(/receiver\/ebpf_http .*memory_limit/)
  })
})
