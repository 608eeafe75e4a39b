import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startAgent, totalsOf } from '../../kit/agent.ts'
import { keepAliveClient } from '../../kit/clients.ts'
import { cleansUp, runsAgent, tempDir } from '../../kit/fixtures.ts'
import { decodeJsonRequest, points } from '../../kit/otlp.ts'
import type { HistogramDataPoint, PointView } from '../../kit/otlp.ts'
import { runOpenLoad } from '../../kit/load.ts'
import { freePort, start } from '../../kit/processes.ts'
import { startNginx } from '../../kit/servers.ts'

cleansUp({ alone: true })

const orders = join(import.meta.dirname, '..', '..', 'kit', 'programs', 'orders.mjs')

/** An agent that may cost next to nothing, and so keeps fewer and fewer exchanges. */
const config = (folder: string): string => `
receivers: { ebpf_http: }
processors: { protocol_inference: , batch: }
connectors: { request_metrics: { metrics_flush_interval: 1h }, forward: }
exporters:
  file: { path: ${folder}/metrics.jsonl, flush_interval: 0s }
  file/spans: { path: ${folder}/spans.jsonl, flush_interval: 0s }
service:
  limits: { cpu: 0.001 }
  pipelines:
    traces: { receivers: [ebpf_http], processors: [protocol_inference], exporters: [forward] }
    traces/all: { receivers: [forward], processors: [batch], exporters: [request_metrics, file/spans] }
    metrics: { receivers: [request_metrics], exporters: [file] }
`

interface Counted {
  readonly requests: number
  readonly buckets: number
  readonly requestBytes: number
  readonly responseBytes: number
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n')

/** What the series of one side count, by method, status and error. */
function counted(all: readonly PointView[], side: 'server' | 'client'): Record<string, Counted> {
  const rows: Record<string, Counted> = {}
  for (const { metric, attributes, point } of all) {
    const { count, sum = 0, bucketCounts } = point as HistogramDataPoint
    const measure = metric.replace(`http.${side}.`, '')
    if (measure === metric) continue
    const keys = ['http.request.method', 'http.response.status_code', 'error.type']
    const series = keys.flatMap((key) => attributes[key] ?? []).join(' ')
    const row = (rows[series] ??= { requests: 0, buckets: 0, requestBytes: 0, responseBytes: 0 })
    const buckets = bucketCounts.reduce((total, bucket) => total + Number(bucket), 0)
    const duration = measure === 'request.duration'
    rows[series] = {
      requests: row.requests + (duration ? Number(count) : 0),
      buckets: row.buckets + (duration ? buckets : 0),
      requestBytes: row.requestBytes + (measure === 'request.body.size' ? sum : 0),
      responseBytes: row.responseBytes + (measure === 'response.body.size' ? sum : 0),
    }
  }
  return rows
}

describe.skipIf(!runsAgent())('under a limit that the load is too much for', () => {
  it('metrics count each request while few of them become spans', async () => {
    const port = String(await freePort())
    const server = await start(process.execPath, [orders, port])
    await server.waitForPort(Number(port))
    const folder = tempDir('sampled')
    const agent = await startAgent(config(folder))
    await agent.program.waitForOutput(/keeping_1_of=/, { timeoutMs: 30_000 })

    const client = keepAliveClient(`http://127.0.0.1:${port}`)
    const times = async (count: number, send: (i: number) => Promise<unknown>): Promise<void> => {
      for (let i = 0; i < count; i++) await send(i)
    }
    // Longer than a round of the agent's: what is counted is handed on more than once.
    await times(600, (i) => client.send(`/orders/${1000 + i}`))
    await times(40, () => client.send('/slow'))
    await times(150, () => client.send('/orders', { method: 'POST', body: '{"item":17}' }))
    await times(70, () => client.send('/fail'))
    await times(30, () => client.send('/missing'))
    client.close()
    const { exit, totals } = await agent.stop()

    const all = lines(`${folder}/metrics.jsonl`).flatMap((line) =>
      points(decodeJsonRequest('metrics', line)),
    )
    const row = (requests: number, requestBytes: number, responseBytes: number): Counted => {
      return { requests, buckets: requests, requestBytes, responseBytes }
    }
    const shared = { 'GET 200': row(640, 0, 60_160), 'POST 201': row(150, 1650, 1050) }
    const failed = row(70, 0, 420)
    expect(counted(all, 'server'), totals).toEqual({
      ...shared,
      'GET 500 500': failed,
      'GET 404': row(30, 0, 210),
    })
    expect(counted(all, 'client'), totals).toEqual({
      ...shared,
      'GET 500 500': failed,
      'GET 404 404': row(30, 0, 210),
    })
    const { seen, handedOn, dropped } = totalsOf('receiver/ebpf_http', totals)
    expect({ seen, dropped }).toEqual({ seen: handedOn, dropped: {} })
    expect(seen).toBeLessThan(2 * 890 * 0.5)
    expect(exit.code).toBe(0)
  })

  it('metrics count each of many requests at once, on both sides of each round', async () => {
    const nginx = await startNginx({ accessLog: false })
    const folder = tempDir('sampled')
    const agent = await startAgent(config(folder))
    await agent.program.waitForOutput(/keeping_1_of=/, { timeoutMs: 30_000 })
    const url = `http://127.0.0.1:${nginx.port}/`
    const load = await runOpenLoad({ url, rps: 4000, seconds: 5, connections: 20 })
    expect(load).toMatchObject({ requests: 20_000, errors: 0, unanswered: 0 })
    const { totals } = await agent.stop()
    const all = lines(`${folder}/metrics.jsonl`).flatMap((line) =>
      points(decodeJsonRequest('metrics', line)),
    )
    for (const side of ['server', 'client'] as const) {
      const rows = Object.entries(counted(all, side)).map(([key, { requests, buckets }]) => [
        key,
        requests,
        buckets,
      ])
      expect(rows, totals).toEqual([['GET 200', 20_000, 20_000]])
    }
    expect(totalsOf('receiver/ebpf_http', totals).seen).toBeLessThan(20_000)
  })
})
