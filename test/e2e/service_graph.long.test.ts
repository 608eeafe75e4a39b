import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { cleansUp, eventually, isRoot, kernelHas } from '../kit/fixtures.ts'
import { startPostgres } from '../kit/postgres.ts'
import { freePort, start } from '../kit/processes.ts'
import { type Prometheus, startPrometheus } from '../kit/prometheus.ts'
import { startNginx } from '../kit/servers.ts'

cleansUp()

const SHOP = join(import.meta.dirname, '..', 'kit', 'programs', 'shop.mjs')
const REQUESTS = 300
const BROKEN = 20

/** The requests are seen in the kernel; the queries, whose protocol is not read there, are told of. */
const config = (otlp: number, metrics: number): string => `
receivers:
  ebpf_http:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${otlp} } } }
processors: { protocol_inference: }
connectors:
  service_graph:
    database_name_attributes: [db.system.name]
    metrics_flush_interval: 200ms
  span_metrics: { metrics_flush_interval: 200ms }
exporters: { prometheus: { endpoint: 127.0.0.1:${metrics} } }
service:
  pipelines:
    traces/seen:
      receivers: [ebpf_http]
      processors: [protocol_inference]
      exporters: [service_graph, span_metrics]
    traces/told: { receivers: [otlp], exporters: [service_graph, span_metrics] }
    metrics: { receivers: [service_graph, span_metrics], exporters: [prometheus] }
`

const scraping = (port: number): string => `
global: { scrape_interval: 250ms }
scrape_configs:
  - job_name: waggle
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`

/** nginx in front of a service in front of a database. Returns where to ask. */
async function serve(otlp: number): Promise<string> {
  const [database, port] = [await startPostgres(), await freePort()]
  const args = [SHOP, String(port), String(database.port), `http://127.0.0.1:${otlp}`]
  const env = { OTEL_SERVICE_NAME: 'shop' }
  const shop = await start(process.execPath, args, { env })
  await shop.waitForPort(port)
  const nginx = await startNginx({
    http: `upstream shop { server 127.0.0.1:${port}; keepalive 8; }`,
    server: `location / {
      proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection "";
    }`,
  })
  return `http://127.0.0.1:${nginx.port}`
}

async function load(origin: string): Promise<void> {
  const client = keepAliveClient(origin)
  for (let i = 0; i < REQUESTS; i++) await client.send(`/items/${i}`)
  for (let i = 0; i < BROKEN; i++) await client.send('/broken')
  client.close()
}

describe.skipIf(!isRoot() || !kernelHas('btf', 'cgroup2'))('the graph of services', () => {
  let agent: Agent
  let prometheus: Prometheus

  const valueOf = async (query: string): Promise<number | undefined> =>
    (await prometheus.query(query))[0]?.value

  beforeAll(async () => {
    const [otlp, metrics] = [await freePort(), await freePort()]
    const origin = await serve(otlp)
    agent = await startAgent(config(otlp, metrics))
    prometheus = await startPrometheus(scraping(metrics))
    await load(origin)
  }, 120_000)

  it.each([
    ['nginx', 'shop', ''],
    ['shop', 'postgresql', 'database'],
  ])('[2.11] has the edge from %s to %s with each request', async (client, server, type) => {
    const edge = `{client="${client}",server="${server}",connection_type="${type}"}`
    await eventually(async () => {
      const total = await valueOf(`sum(traces_service_graph_request_total${edge})`)
      const failed = await valueOf(`sum(traces_service_graph_request_failed_total${edge})`)
      expect({ total, failed }).toEqual({ total: REQUESTS + BROKEN, failed: BROKEN })
    })
  })

  // Prometheus is asked over HTTP, too.
  it('[0.1] has the clients of nginx, and no edge that carried nothing', async () => {
    await eventually(async () => {
      const into = 'sum(traces_service_graph_request_total{server="nginx"})'
      expect(await valueOf(into)).toBe(REQUESTS + BROKEN)
    })
    const edges = await prometheus.query(
      'sum by (server) (traces_service_graph_request_total{server!="prometheus"})',
    )
    expect(edges.map(({ labels }) => labels['server'] ?? '').toSorted()).toEqual([
      'nginx',
      'postgresql',
      'shop',
    ])
  })

  it.each([
    ['nginx', 'SPAN_KIND_SERVER', BROKEN],
    ['nginx', 'SPAN_KIND_CLIENT', BROKEN],
    ['shop', 'SPAN_KIND_SERVER', BROKEN],
    ['shop', 'SPAN_KIND_CLIENT', BROKEN],
  ])('[2.10] counts what %s did as %s', async (service, kind, errors) => {
    const own = `service_name="${service}",span_kind="${kind}"`
    await eventually(async () => {
      const total = await valueOf(`sum(traces_span_metrics_calls_total{${own}})`)
      const failing = `${own},status_code="STATUS_CODE_ERROR"`
      const failed = await valueOf(`sum(traces_span_metrics_calls_total{${failing}})`)
      expect({ total, failed }).toEqual({ total: REQUESTS + BROKEN, failed: errors })
    })
  })

  it('ends with nothing lost', async () => {
    const { exit, totals } = await agent.stop()
    expect(exit.code).toBe(0)
    expect(totals).toMatch(/connector\/service_graph/)
  })
})
