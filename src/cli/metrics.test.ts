import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { otlpGrpc } from '../../exporters/otlp_grpc/index.ts'
import { otlpHttp } from '../../exporters/otlp_http/index.ts'
import { ComponentRegistry } from '../component/registry.ts'
import { telemetryConfig } from '../config/index.ts'
import { Counters } from '../telemetry/counters.ts'
import { createLogger } from '../telemetry/logger.ts'
import { startMetrics, type RunningMetrics } from './metrics.ts'

let running: RunningMetrics | undefined
const servers: Server[] = []
afterEach(async () => {
  await running?.shutdown()
  for (const server of servers.splice(0)) server.close()
})

/** Starts what `service.telemetry` says; returns what was logged. */
async function started(telemetry: object, counters = new Counters()): Promise<string[]> {
  const logged: string[] = []
  const out = { write: (line: string) => logged.push(line.slice(13).trimEnd()) }
  const log = createLogger({ level: 'debug', encoding: 'console', out })
  const config = telemetryConfig.parse(telemetry)
  const registry = new ComponentRegistry([otlpGrpc, otlpHttp])
  running = await startMetrics({ telemetry: config, counters, log, registry, version: '1.2.3' })
  return logged
}

async function pageOf([line = '']: string[]): Promise<string> {
  const [, url] = /^info {2}Serving metrics\. url=(\S+)$/.exec(line) ?? []
  return (await fetch(url as string)).text()
}

/** Listens somewhere; where somebody else does already, the address is taken all the same. */
async function taken(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening').catch(() => {})
  return port || (server.address() as AddressInfo).port
}

it('serves what the process costs and what components count, as the agent that it is', async () => {
  const counters = new Counters()
  counters.of('exporter/debug', '', 'traces').countOut(5)
  const logged = await started(
    { metrics: { endpoint: '127.0.0.1:0' }, resource: { 'service.name': 'w', rack: 'r1' } },
    counters,
  )
  const page = await pageOf(logged)
  const id = /service_instance_id="([0-9a-f-]{36})"/.exec(page)?.[1]
  const resource = `service_name="w",service_version="1.2.3",service_instance_id="${id}",rack="r1"`
  expect(page).toContain(`\notelcol_exporter_sent_spans{exporter="debug",${resource}} 5\n`)
  expect(page).toContain(`\notelcol_process_uptime{${resource}} `)
})

it('serves what components register later, and says what cannot be read', async () => {
  const logged = await started({ metrics: { endpoint: '127.0.0.1:0' } })
  const meter = running!.meters.meter({ receiver: 'x' })
  const facts = { name: 'waggle.x', description: 'X.', unit: '1' }
  meter.gauge(facts, (observe) => observe(7))
  meter.gauge(facts, () => {
    throw new Error('closed')
  })
  expect(await pageOf(logged)).toMatch(/\nwaggle_x\{receiver="x",.*\} 7\n/)
  expect(logged.slice(1)).toEqual(['debug A metric could not be read. err="closed"'])
})

it('keeps and serves nothing at level none', async () => {
  const logged = await started({ metrics: { level: 'none', endpoint: '127.0.0.1:0' } })
  expect(logged).toEqual([])
  expect(running!.meters.meter({}).level).toBe('none')
})

it('fails where the address that is configured is taken', async () => {
  const endpoint = `127.0.0.1:${await taken(0)}`
  await expect(started({ metrics: { endpoint } })).rejects.toMatchObject({
    message: `serve metrics on ${endpoint} (service.telemetry.metrics.endpoint)`,
    cause: { code: 'EADDRINUSE' },
  })
})

it('goes on without a page where only its default address is taken', async () => {
  await taken(8888)
  expect(await started({})).toEqual([
    'warn  No metrics page: its default address cannot be had. error="listen EADDRINUSE: address already in use 127.0.0.1:8888"',
  ])
})

it('serves pages and leaves out what views say', async () => {
  const port = await taken(0)
  servers.pop()!.close()
  const pull = { exporter: { prometheus: { host: '127.0.0.1', port, without_units: false } } }
  const logged = await started({
    metrics: {
      readers: [{ pull }],
      views: [{ selector: { instrument_name: '*uptime' }, stream: { aggregation: { drop: {} } } }],
    },
    resource: { 'service.instance.id': null, 'service.name': 'w' },
  })
  expect(logged).toEqual([`info  Serving metrics. url=http://127.0.0.1:${port}/metrics`])
  const page = await pageOf(logged)
  expect(page).toContain(
    '\notelcol_process_memory_rss_bytes{service_name="w",service_version="1.2.3"} ',
  )
  expect(page).not.toContain('uptime')
  const other = await fetch(`http://127.0.0.1:${port}/`)
  expect([other.status, await other.text()]).toEqual([404, 'The metrics are at /metrics.\n'])
})

it('leaves views of other scopes alone', async () => {
  await started({
    metrics: {
      endpoint: '127.0.0.1:0',
      views: [{ selector: { meter_name: 'otelhttp' }, stream: { aggregation: { drop: {} } } }],
    },
  })
  expect(running!.collect().length).toBeGreaterThan(3)
})

it('fails where the exporter that is to send does not take its options', async () => {
  const otlp = { protocol: 'grpc', tls: { ca_file: '/nowhere/ca.pem' }, endpoint: 'https://a:1' }
  const readers = [{ periodic: { exporter: { otlp } } }]
  await expect(started({ metrics: { readers } })).rejects.toMatchObject({
    message: 'send metrics as service.telemetry.metrics.readers[0] says',
    cause: { message: 'read tls.ca_file /nowhere/ca.pem' },
  })
})

it('ends the page', async () => {
  const logged = await started({ metrics: { endpoint: '127.0.0.1:0' } })
  await running!.shutdown()
  await expect(pageOf(logged)).rejects.toThrow('fetch failed')
})
