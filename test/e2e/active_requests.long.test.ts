import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAgent } from '../kit/agent.ts'
import { keepAliveClient } from '../kit/clients.ts'
import { cleansUp, runsAgent, tempDir } from '../kit/fixtures.ts'
import { message, request, response } from '../kit/messages.ts'
import { decodeJsonRequest, points, spans } from '../kit/otlp.ts'
import type { NumberDataPoint, PointView, SpanView } from '../kit/otlp.ts'
import { pass, rawPair, type RawPair } from '../kit/raw.ts'
import { startNodeServer } from '../kit/servers.ts'

cleansUp({ alone: true })

/** How long the held requests take, and how many there are. */
const HELD_MS = 20_500
const HELD = 7
/** How far the times of the client may be from those on the wire, in milliseconds. */
const SLACK_MS = 1000
/** A moment is told by then. */
const TOLD_MS = 15_800

async function ask(origin: string, path: string): Promise<void> {
  const client = keepAliveClient(origin)
  await client.send(path)
  client.close()
}

/** Requests that follow each other until `end`. */
async function keepAsking(origin: string, end: number): Promise<void> {
  const client = keepAliveClient(origin)
  while (Date.now() < end) await client.send('/slow/40')
  client.close()
}

/** An exchange whose answer follows an interim one, and follows it late. */
async function continueLate(pair: RawPair): Promise<void> {
  const head = message('POST /late HTTP/1.1', {
    Host: 'a',
    'Content-Length': 4,
    Expect: '100-continue',
  })
  await pass(pair.client, pair.server, head)
  await pass(pair.server, pair.client, message('HTTP/1.1 100 Continue', {}))
  await pass(pair.client, pair.server, 'body')
  await sleep(13_000)
  await pass(pair.server, pair.client, response(200))
  await pass(pair.client, pair.server, request('GET', '/next'))
  await pass(pair.server, pair.client, response(204))
}

describe.skipIf(!runsAgent())('requests in flight', () => {
  let told: PointView[] = []
  let all: SpanView[] = []
  let began = 0
  let server = { port: 0, pid: 0 }
  let late: RawPair

  beforeAll(async () => {
    server = await startNodeServer()
    late = await rawPair()
    const folder = tempDir('active')
    const agent = await startAgent(`
receivers: { ebpf_http: }
processors: { protocol_inference: }
connectors:
  request_metrics:
    metrics_flush_interval: 500ms
    metrics:
      http.server.active_requests: { enabled: true }
      http.client.active_requests: { enabled: true }
exporters:
  file: { path: ${folder}/metrics.jsonl, flush_interval: 50ms }
  file/spans: { path: ${folder}/spans.jsonl, flush_interval: 50ms }
service:
  pipelines:
    traces:
      receivers: [ebpf_http]
      processors: [protocol_inference]
      exporters: [request_metrics, file/spans]
    metrics:
      receivers: [request_metrics]
      exporters: [file]
`)
    const origin = `http://127.0.0.1:${server.port}`
    began = Date.now()
    await Promise.all([
      ...Array.from({ length: HELD }, () => ask(origin, `/slow/${HELD_MS}`)),
      ...Array.from({ length: 2 }, () => keepAsking(origin, began + 5000)),
      sleep(2000).then(() => ask(origin, '/slow/4000')),
      continueLate(late),
    ])
    await sleep(TOLD_MS)
    await agent.stop()
    const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')
    told = lines('metrics.jsonl').flatMap((line) => points(decodeJsonRequest('metrics', line)))
    all = lines('spans.jsonl').flatMap((line) => spans(decodeJsonRequest('traces', line)))
  }, 90_000)

  /** What was told of a side of the requests to the server: milliseconds since 1970, and how many. */
  function valuesOf(side: 'server' | 'client'): [atMs: number, value: number][] {
    return told
      .filter(({ metric, resource, attributes }) =>
        side === 'server'
          ? metric === 'http.server.active_requests' && resource['process.pid'] === server.pid
          : metric === 'http.client.active_requests' && attributes['server.port'] === server.port,
      )
      .map(({ point, value }) => [
        Number((point as NumberDataPoint).timeUnixNano) / 1e6,
        Number(value),
      ])
  }

  it.each(['server', 'client'] as const)(
    'are those whose spans last at that moment: %s',
    (side) => {
      const own = all.filter(
        ({ kind, attributes }) => kind === side && attributes['server.port'] === server.port,
      )
      expect(own.length).toBeGreaterThan(50)
      const values = valuesOf(side)
      expect(values.length).toBeGreaterThan(20)
      for (const [at, value] of values) {
        const atNs = BigInt(Math.round(at * 1e6))
        const inFlight = own.filter(({ startNs, endNs }) => startNs <= atNs && atNs < endNs)
        expect(value, `${at - began} ms after the beginning`).toBe(inFlight.length)
      }
    },
  )

  it.each(['server', 'client'] as const)('are those that its clients wait for: %s', (side) => {
    const values = valuesOf(side)
    const between = values.filter(
      ([at]) => at > began + 6000 + SLACK_MS && at < began + HELD_MS - SLACK_MS,
    )
    expect(new Set(between.map(([, value]) => value))).toEqual(new Set([HELD]))
    expect(values.at(-1)![0]).toBeGreaterThan(began + HELD_MS)
    expect(values.at(-1)![1]).toBe(0)
  })

  it('that are told of while they are open are so by the id of the span that follows', () => {
    const open = all.filter(({ attributes }) => attributes['waggle.exchange.state'] === 'open')
    // Both ends of each are told of after 10 s, and those that are open by then after 20 s.
    expect(open.length).toBeGreaterThanOrEqual(2 * (HELD + 1))
    const ended = new Set(all.filter(({ kind }) => kind !== 'internal').map(({ spanId }) => spanId))
    expect(open.filter(({ parentSpanId }) => !ended.has(parentSpanId))).toEqual([])
    expect(new Set(open.map(({ spanId }) => spanId)).size).toBe(open.length)
    const ofLate = open.filter(({ attributes }) =>
      [attributes['network.local.port'], attributes['network.peer.port']].includes(late.port),
    )
    expect(ofLate).toHaveLength(2)
  })
})
