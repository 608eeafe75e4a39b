import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cleansUp, eventually, tempDir } from '../kit/fixtures.ts'
import { decodeRequest, encodeRequest, logs, points, spans } from '../kit/otlp.ts'
import type { Requests, Signal } from '../kit/otlp.ts'
import { startOtlpSink, type OtlpSink } from '../kit/otlp_sink.ts'
import { freePort, start } from '../kit/processes.ts'
import { prometheusReady } from '../kit/prometheus.ts'
import { realCollector } from '../interop/collector.ts'
import { fromNewerDebian } from '../interop/newer_debian.ts'
import { GrpcSender, sendHttp } from '../interop/otlp_client.ts'
import { startRunner, validateWith, type Runner } from '../interop/runners.ts'
import { sampleRequest } from '../interop/samples.ts'

cleansUp()

const SIGNALS = ['traces', 'metrics', 'logs'] as const
const ITEMS = 40
const configs = join(import.meta.dirname, '..', 'interop', 'configs')

// Made before the first test: a Collector is built once, in some minutes.
beforeAll(async () => void (await realCollector()), 60 * 60_000)

/** Takes OTLP and sends it on, all signals alike, with nothing in between. */
const passOn = (receivers: string, exporter: string, type: string): string => `
receivers:
  otlp:
    protocols:
${receivers}
exporters:
${exporter}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
${SIGNALS.map((signal) => `    ${signal}: { receivers: [otlp], exporters: [${type}] }`).join('\n')}
`

const grpcAt = (port: number) => `      grpc: { endpoint: 127.0.0.1:${port} }`
const httpAt = (port: number) => `      http: { endpoint: 127.0.0.1:${port} }`
const toGrpc = (port: number, compression = 'gzip') =>
  `  otlp_grpc: { endpoint: 127.0.0.1:${port}, compression: ${compression}, tls: { insecure: true } }`
const toHttp = (port: number, encoding: string, compression = 'gzip') =>
  `  otlp_http: { endpoint: "http://127.0.0.1:${port}", encoding: ${encoding}, compression: ${compression} }`

/** How one sends to the other. */
const ways: [string, (port: number) => string, (port: number) => string, string][] = [
  ['gRPC with gzip', grpcAt, (port) => toGrpc(port), 'otlp_grpc'],
  ['gRPC with zstd', grpcAt, (port) => toGrpc(port, 'zstd'), 'otlp_grpc'],
  ['HTTP with protobuf and gzip', httpAt, (port) => toHttp(port, 'proto'), 'otlp_http'],
  ['HTTP with protobuf and zstd', httpAt, (port) => toHttp(port, 'proto', 'zstd'), 'otlp_http'],
  ['HTTP with JSON', httpAt, (port) => toHttp(port, 'json'), 'otlp_http'],
]

/** What the sink got of a signal, as one request. */
async function received<S extends Signal>(
  sink: OtlpSink,
  signal: S,
  count: number,
): Promise<Requests[S][]> {
  await eventually(() => expect(sink.tallies[signal].acceptedItems).toBe(count), {
    timeoutMs: 15_000,
  })
  const all = sink.received.filter((one) => one.signal === signal)
  expect(all.map(({ problem }) => problem)).toEqual(all.map(() => undefined))
  return all.map(({ request }) => request as Requests[S])
}

/** Items of any signal by themselves, sorted: how they were put together does not matter. */
function itemsOf(signal: Signal, requests: readonly Requests[Signal][]): string[] {
  const items =
    signal === 'traces'
      ? spans(...(requests as Requests['traces'][]))
      : signal === 'metrics'
        ? points(...(requests as Requests['metrics'][]))
        : logs(...(requests as Requests['logs'][]))
  return items.map((item) => JSON.stringify(item, plain)).toSorted()
}

/** Attributes have no order: neither views of them nor lists of keys with values. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return Object.fromEntries(Object.entries(value).toSorted(byKey))
  const isAttributes = value.length > 0 && value.every(isKeyValue)
  return isAttributes ? value.toSorted((a, b) => byKey([a.key], [b.key])) : value
}

const byKey = (
  [a]: readonly [string, ...unknown[]],
  [b]: readonly [string, ...unknown[]],
): number => (a < b ? -1 : Number(a > b))

const isKeyValue = (value: unknown): value is { key: string } =>
  typeof value === 'object' && value !== null && 'key' in value && 'value' in value

/** How many of each signal are left of what is sent, and where ours differs on purpose. */
interface Expected {
  readonly counts: readonly [traces: number, metrics: number, logs: number]
  readonly known?: (signal: Signal, item: string) => string
}

const ALL = ITEMS + 7

const expected: Readonly<Record<string, Expected>> = {
  'gateway.yaml': { counts: [ALL, 5 * ALL, ALL] },
  'old_names.yaml': { counts: [ALL, 5 * ALL, ALL] },
  'processors.yaml': {
    counts: [41, 186, 21],
    // The Collector lets the first delta of a series begin in 1970; ours begins where its sum did.
    known: (signal, item) =>
      signal === 'metrics' && item.includes('"metric":"requests"')
        ? item.replaceAll(/"start(?:Ns|TimeUnixNano)":"\d+n"/g, '')
        : item,
  },
}

describe.each(ways)('over %s', (_, receivers, exporter, type) => {
  it.each<[Runner, Runner]>([
    ['waggle', 'collector'],
    ['collector', 'waggle'],
  ])('what %s sends, %s takes as it was', async (first, second) => {
    const sink = await startOtlpSink()
    const [between, entry] = [await freePort(), await freePort()]
    await startRunner(second, passOn(receivers(between), toGrpc(sink.port), 'otlp_grpc'))
    await startRunner(first, passOn(grpcAt(entry), exporter(between), type))
    const sender = new GrpcSender(entry)
    for (const signal of SIGNALS) await sender.send(signal, sampleRequest(signal, ITEMS))
    for (const signal of SIGNALS) {
      const sent = decodeRequest(signal, sampleRequest(signal, ITEMS))
      const items = itemsOf(signal, [sent])
      expect(itemsOf(signal, await received(sink, signal, items.length))).toEqual(items)
    }
    sender.close()
  })
})

const files = readdirSync(configs).filter((name) => name.endsWith('.yaml'))

describe.each(files)('the configuration %s', (name) => {
  const text = readFileSync(join(configs, name), 'utf8')

  it('is valid for both', async () => {
    const env = { GRPC: '4317', HTTP: '4318', BACKEND: '4319', DATA: tempDir('data') }
    const file = join(tempDir('config'), name)
    writeFileSync(file, filled(text, env))
    await validateWith('waggle', file)
    await validateWith('collector', file)
  })

  it('makes the same of the same input in both', async () => {
    const { counts, known } = expected[name] as Expected
    const outcomes: Record<string, string[]>[] = []
    for (const runner of ['waggle', 'collector'] as const) {
      const sink = await startOtlpSink()
      const [GRPC, HTTP] = [String(await freePort()), String(await freePort())]
      const env = { GRPC, HTTP, BACKEND: String(sink.port), DATA: tempDir('data') }
      const program = await startRunner(runner, filled(text, env))
      const sender = new GrpcSender(Number(GRPC))
      for (const signal of SIGNALS) {
        await sender.send(signal, sampleRequest(signal, ITEMS))
        await sendHttp(Number(HTTP), signal, sampleRequest(signal, 7))
      }
      sender.close()
      await eventually(() => {
        expect(SIGNALS.map((signal) => sink.tallies[signal].acceptedItems)).toEqual(counts)
      })
      await program.stop()
      const items = SIGNALS.map((signal) => {
        const requests = sink.received.filter((one) => one.signal === signal)
        return [
          signal,
          itemsOf(
            signal,
            requests.map(({ request }) => request as Requests[Signal]),
          )
            .map((item) => known?.(signal, item) ?? item)
            .toSorted(),
        ]
      })
      outcomes.push(Object.fromEntries(items) as Record<string, string[]>)
    }
    expect(outcomes[0]?.['traces']).toHaveLength(counts[0])
    expect(outcomes[0]).toEqual(outcomes[1])
  })
})

/** Ports and folders of a test in the place of what a user would write. */
function filled(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{env:([A-Z]+)\}/g, (_, name: string) => env[name] ?? '')
}

describe('metrics', () => {
  it('reach VictoriaMetrics over OTLP', async () => {
    const port = await startVictoriaMetrics()
    const exporter = `  otlp_http: { endpoint: "http://127.0.0.1:${port}/opentelemetry" }`
    await sendLive(metricsTo(exporter, 'otlp_http'))
    await eventually(async () => expect(await valuesIn(port, 'live.requests')).toEqual(['42']), {
      timeoutMs: 30_000,
    })
  })

  it('reach VictoriaMetrics by Remote Write 1.0', async () => {
    const port = await startVictoriaMetrics()
    const exporter = `  prometheus_remote_write: { endpoint: "http://127.0.0.1:${port}/api/v1/write" }`
    await sendLive(metricsTo(exporter, 'prometheus_remote_write'))
    await eventually(
      async () => expect(await valuesIn(port, 'live_requests_total')).toEqual(['42']),
      { timeoutMs: 30_000 },
    )
  })

  it('reach a Prometheus that takes nothing but Remote Write 2.0', async () => {
    const [port, folder] = [await freePort(), tempDir('prometheus')]
    writeFileSync(join(folder, 'prometheus.yml'), '{}')
    const args = [
      `--web.listen-address=127.0.0.1:${port}`,
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.enable-remote-write-receiver',
      '--web.remote-write-receiver.accepted-protobuf-messages=io.prometheus.write.v2.Request',
    ]
    await start(await fromNewerDebian('prometheus', 'prometheus', 'sid'), args)
    await prometheusReady(port)
    const message = 'protobuf_message: io.prometheus.write.v2.Request'
    const exporter = `  prometheus_remote_write: { endpoint: "http://127.0.0.1:${port}/api/v1/write", ${message} }`
    await sendLive(metricsTo(exporter, 'prometheus_remote_write'))
    await eventually(
      async () => expect(await valuesIn(port, 'live_requests_total')).toEqual(['42']),
      { timeoutMs: 30_000 },
    )
  })

  // Debian builds Prometheus without its OTLP receiver.
  it('are scraped by a Prometheus of this year', async () => {
    const [port, page] = [await freePort(), await freePort()]
    const config = join(tempDir('prometheus'), 'prometheus.yml')
    const targets = `static_configs: [{ targets: ["127.0.0.1:${page}"] }]`
    writeFileSync(config, `scrape_configs: [{ job_name: waggle, scrape_interval: 1s, ${targets} }]`)
    const args = [
      `--web.listen-address=127.0.0.1:${port}`,
      `--config.file=${config}`,
      `--storage.tsdb.path=${tempDir('prometheus')}`,
    ]
    await start(await fromNewerDebian('prometheus', 'prometheus'), args)
    await prometheusReady(port)
    await sendLive(metricsTo(`  prometheus: { endpoint: 127.0.0.1:${page} }`, 'prometheus'))
    await eventually(
      async () => expect(await valuesIn(port, 'live_requests_total')).toEqual(['42']),
      {
        timeoutMs: 30_000,
      },
    )
  })
})

/** Returns the port at which it takes and tells everything. */
async function startVictoriaMetrics(): Promise<number> {
  const port = await freePort()
  const args = [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${tempDir('victoria-metrics')}`,
    '-search.latencyOffset=0s',
  ]
  const backend = await start(await fromNewerDebian('victoria-metrics', 'victoria-metrics'), args)
  await backend.waitForPort(port, { timeoutMs: 30_000 })
  return port
}

/** A configuration for metrics alone, at a port of its own. */
function metricsTo(exporter: string, type: string): (entry: number) => string {
  return (entry) => passOn(grpcAt(entry), exporter, type).replace(/ {4}(traces|logs): .*\n/g, '')
}

/** Runs Waggle and sends it one series that counts 42 now: backends refuse what is old. */
async function sendLive(configAt: (entry: number) => string): Promise<void> {
  const entry = await freePort()
  await startRunner('waggle', configAt(entry))
  const timeUnixNano = BigInt(Date.now()) * 1_000_000n
  const startTimeUnixNano = timeUnixNano - 60_000_000_000n
  const dataPoints = [{ asInt: 42n, timeUnixNano, startTimeUnixNano }]
  const sum = { dataPoints, aggregationTemporality: 2, isMonotonic: true }
  const metrics = [{ name: 'live.requests', unit: '{request}', sum }]
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }
  const sender = new GrpcSender(entry)
  await sender.send('metrics', encodeRequest('metrics', request))
  sender.close()
}

/** What a backend that speaks Prometheus' API has of a metric. */
async function valuesIn(port: number, name: string): Promise<string[]> {
  const query = encodeURIComponent(`{__name__="${name}"}`)
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`)
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
  return data.result.map(({ value }) => value[1])
}
