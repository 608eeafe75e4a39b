import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Agent, startAgent, totalsOf } from '../kit/agent.ts'
import { cleansUp, runsAgent } from '../kit/fixtures.ts'
import type { SpanView } from '../kit/otlp.ts'
import { type OtlpSink, startOtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'
import { type Prometheus, startPrometheus } from '../kit/prometheus.ts'
import { startNodeServer } from '../kit/servers.ts'
import { CHECKS, isFailed } from './questions/answers.ts'
import { countOf } from './questions/comparing.ts'
import { makeTraffic, startShop, type Truth } from './questions/traffic.ts'

cleansUp()

const read = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const [PAGE = ''] = read('docs/questions.md').split('\n## The network\n')
/** Each question of the page and its query. */
const QUERIES = new Map(
  [...PAGE.matchAll(/^### (.+)$([^]*?)(?=^###? |(?![^]))/gm)].map(
    ([, question, text]) => [question!, text!.match(/```promql\n([^]*?)```/)?.[1] ?? ''] as const,
  ),
)
/** How Prometheus is told to scrape, as the page says. */
const SCRAPES = PAGE.match(/```yaml\n(scrape_configs:[^]*?)```/)![1]!

/** The shipped pipeline, sooner and with the server's port; it sees nothing but these servers. */
function configured(ports: readonly number[]): string {
  return read('pipelines/node.yaml')
    .replace('  ebpf_http:', `  ebpf_http: { select: [{ port: [${ports.join(', ')}] }] }`)
    .replace(
      '  request_metrics:',
      '  request_metrics:\n    metrics_flush_interval: 200ms\n    dimensions: [server.port]',
    )
}

describe.skipIf(!runsAgent())('the questions and their queries', () => {
  let agent: Agent
  let sink: OtlpSink
  let prometheus: Prometheus
  let truth: Truth

  beforeAll(async () => {
    const upstream = await startNodeServer()
    const nginx = await startShop(upstream.port)
    sink = await startOtlpSink()
    const port = await freePort()
    agent = await startAgent(configured([nginx.port, upstream.port]), {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      },
    })
    const scrapes = SCRAPES.replace('127.0.0.1:9464', `127.0.0.1:${port}`)
    prometheus = await startPrometheus(`global: { scrape_interval: 500ms }\n${scrapes}`)
    truth = await makeTraffic(prometheus, nginx, upstream)
  }, 180_000)

  it.each([...QUERIES])('%s', async (question, query) => {
    const check = CHECKS[question]
    if (check === undefined) throw new Error(`nothing says what the answer to "${question}" is`)
    check(await prometheus.query(query), truth)
  })

  it('are all on the page', () => {
    expect([...QUERIES.keys()].toSorted()).toEqual(Object.keys(CHECKS).toSorted())
  })

  it('are answered from all requests, while spans are sampled alike at both ends', async () => {
    const { totals, exit } = await agent.stop()
    expect(exit.code, totals).toBe(0)
    const sampler = totalsOf('processor/sampler', totals)
    expect(sampler.handedOn + sampler.dropped['not_sampled']!).toBe(sampler.seen)
    const spans = sink.spans().filter(at(truth.server))
    const byId = new Map(spans.map((span) => [span.spanId, span]))
    const servers = spans.filter(({ kind }) => kind === 'server')
    expect(servers.filter(({ parentSpanId }) => !byId.has(parentSpanId))).toEqual([])
    const failed = servers.filter(({ status }) => status.code === 'error')
    expect(failed).toHaveLength(countOf(truth.all, isFailed))
    expect(new Set(failed.map(({ traceState }) => traceState))).toEqual(new Set(['ot=th:0']))
    const chosen = servers.filter(({ status }) => status.code !== 'error')
    expect(new Set(chosen.map(({ traceState }) => traceState))).toEqual(new Set(['ot=th:e666']))
    const answered = countOf(truth.all, (access) => !isFailed(access))
    // Five standard deviations of a tenth.
    expect(Math.abs(chosen.length - answered / 10)).toBeLessThan(5 * Math.sqrt(answered * 0.09))
  })
})

/** True for spans of either end of a connection to the port. */
function at(port: number): (span: SpanView) => boolean {
  return ({ attributes }) =>
    attributes['network.local.port'] === port || attributes['network.peer.port'] === port
}
