import { beforeAll, describe, expect, it } from 'vitest'
import { GrpcSender } from '../interop/otlp_client.ts'
import { startAgent, type Agent } from '../kit/agent.ts'
import { cleansUp, eventually } from '../kit/fixtures.ts'
import { parseMetricsPage, type Series } from '../kit/metrics_page.ts'
import { lintMetrics, readOpenMetrics } from '../kit/openmetrics.ts'
import { encodeRequest, points, type HistogramDataPoint, type PointView } from '../kit/otlp.ts'
import { startOtlpSink, type OtlpSink } from '../kit/otlp_sink.ts'
import { freePort } from '../kit/processes.ts'

cleansUp()

const OPEN_METRICS = { accept: 'application/openmetrics-text; version=1.0.0' }

/** Requests of two services as spans of their servers. */
function requests(): Buffer {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const startTimeUnixNano = BigInt(Date.now()) * 1_000_000n
  const span = (i: number) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: 'GET /orders',
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano + BigInt(i) * 1_000_000n,
    attributes: [
      text('http.request.method', 'GET'),
      text('url.path', '/orders'),
      text('url.scheme', 'http'),
      { key: 'http.response.status_code', value: { intValue: i % 2 === 0 ? 200n : 500n } },
    ],
  })
  const resourceSpans = ['shop', 'cart'].map((name) => ({
    resource: {
      attributes: [text('service.name', name), text('service.instance.id', `${name}-1`)],
    },
    scopeSpans: [{ spans: Array.from({ length: 20 }, (_, i) => span(i)) }],
  }))
  return encodeRequest('traces', { resourceSpans })
}

interface Shown {
  readonly agent: Agent
  readonly sink: OtlpSink
  /** The agent's own page, and that of its pipeline. */
  readonly own: (headers?: Record<string, string>) => Promise<string>
  readonly suffixed: (headers?: Record<string, string>) => Promise<string>
  readonly piped: (headers?: Record<string, string>) => Promise<string>
}

/** An agent that shows its own metrics and those of its pipelines on pages, and sends both. */
async function startShowing(): Promise<Shown> {
  const sink = await startOtlpSink()
  const ports = await Promise.all(Array.from({ length: 4 }, () => freePort()))
  const [entry, own, suffixed, piped] = ports as [number, number, number, number]
  const page = (port: number, more = '') =>
    `pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${port}, ${more} } } }`
  const agent = await startAgent(`
receivers: { otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${entry} } } } }
processors: { batch: { timeout: 50ms } }
connectors: { request_metrics: { metrics_flush_interval: 200ms } }
exporters:
  debug: { verbosity: basic, summary_interval: 0s }
  prometheus: { endpoint: 127.0.0.1:${piped}, enable_open_metrics: true }
  otlp_grpc: { endpoint: ${sink.endpoint}, tls: { insecure: true } }
service:
  telemetry:
    resource: { rack: r1 }
    metrics:
      level: detailed
      readers:
        - ${page(own)}
        - ${page(suffixed, 'without_type_suffix: false, without_units: false, without_scope_info: false')}
        - periodic: { interval: 500, exporter: { otlp: { protocol: grpc, endpoint: "http://${sink.endpoint}" } } }
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [request_metrics, debug] }
    metrics: { receivers: [request_metrics], exporters: [prometheus, otlp_grpc] }
`)
  const sender = new GrpcSender(entry)
  await sender.send('traces', requests())
  sender.close()
  const reader =
    (port: number) =>
    async (headers: Record<string, string> = {}): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text()
  return { agent, sink, own: reader(own), suffixed: reader(suffixed), piped: reader(piped) }
}

/** What each request that was sent has of the metrics that `fits` chooses; the latest first. */
function sent(sink: OtlpSink, fits: (point: PointView) => boolean): PointView[][] {
  const each = sink.requests('metrics').map((request) => points(request).filter(fits))
  return each.filter((found) => found.length > 0).reverse()
}

const isOwn = ({ resource }: PointView): boolean => resource['service.name'] === 'waggle'

/** Series by their names and labels. A bound is a number, however it is written. */
function table(series: readonly Series[]): Map<string, number> {
  const key = ({ name, labels }: Series): string => {
    const { le, ...rest } = labels
    const bound = le === undefined ? {} : { le: String(Number(le.replace('+Inf', 'Infinity'))) }
    const sorted = Object.entries({ ...rest, ...bound }).map(
      ([label, value]) => `${label}=${value}`,
    )
    return [name, ...sorted.toSorted()].join(' ')
  }
  return new Map(series.map((one) => [key(one), one.value]))
}

/** The series that stand for data points on a page. */
function expected(
  all: readonly PointView[],
  nameOf: (point: PointView) => string,
  labelsOf: (point: PointView) => Record<string, unknown>,
): Series[] {
  return all.flatMap((point) => {
    const name = nameOf(point)
    const labels = Object.fromEntries(
      Object.entries(labelsOf(point)).map(([key, value]) => [underscored(key), String(value)]),
    )
    if (point.kind !== 'histogram') return [{ name, labels, value: Number(point.value) }]
    return histogramSeries(name, labels, point.point as HistogramDataPoint)
  })
}

function histogramSeries(
  name: string,
  labels: Record<string, string>,
  { explicitBounds, bucketCounts, count, sum = 0 }: HistogramDataPoint,
): Series[] {
  let below = 0
  const buckets = bucketCounts.map((inside, i) => {
    below += Number(inside)
    const le = String(explicitBounds[i] ?? '+Inf')
    return { name: `${name}_bucket`, labels: { ...labels, le }, value: below }
  })
  const whole = { name: `${name}_count`, labels, value: Number(count) }
  return [...buckets, whole, { name: `${name}_sum`, labels, value: sum }]
}

const underscored = (name: string): string => name.replaceAll(/\W/g, '_')

describe('the metrics page', () => {
  let shown: Shown
  beforeAll(async () => {
    shown = await startShowing()
    await eventually(async () => {
      const page = await shown.piped()
      if (!page.includes('http_server_')) throw new Error('nothing has been counted')
    })
  })

  it('[1.3] of the agent itself is what is sent over OTLP: the same names, attributes and values', async () => {
    const { own, sink } = shown
    // All that the load causes is over.
    await eventually(async () => {
      const before = table(parseMetricsPage(await own()))
      sink.clear()
      const [latest] = await eventually(() => {
        const found = sent(sink, isOwn)
        expect(found.length).toBeGreaterThan(1)
        return found
      })
      const after = table(parseMetricsPage(await own()))
      const told = table(
        expected(
          latest!,
          ({ metric }) => underscored(metric),
          ({ attributes, resource }) => ({ ...attributes, ...resource }),
        ),
      )
      expect([...told.keys()].toSorted()).toEqual([...before.keys()].toSorted())
      expect(told.size).toBeGreaterThan(60)
      const odd = [...told].filter(([key, value]) => {
        // What the process uses rises and falls meanwhile.
        if (key.startsWith('otelcol_process_')) return false
        return value < before.get(key)! || value > after.get(key)!
      })
      expect(odd).toEqual([])
    })
  })

  it('[1.3] of the agent itself is valid, in the text format and in OpenMetrics', async () => {
    const { own, suffixed } = shown
    const keys = (series: readonly Series[]): string[] => [...table(series).keys()].toSorted()
    for (const page of [own, suffixed]) {
      const text = parseMetricsPage(await page())
      expect(keys(await readOpenMetrics(await page(OPEN_METRICS)))).toEqual(keys(text))
    }
    // The linter wants the suffixes that the Collector's own names do without.
    expect(await lintMetrics(await suffixed())).toBe('')
    expect(await suffixed(OPEN_METRICS)).toContain(
      '# TYPE otelcol_receiver_accepted_spans counter\n',
    )
  })

  it('[1.3] of a pipeline is what its otlp exporter sends, and valid in both formats', async () => {
    const { piped, sink } = shown
    const isPiped = (point: PointView): boolean => !isOwn(point)
    await eventually(async () => {
      const [latest = []] = sent(sink, isPiped)
      const told = table(expected(latest, pipedName, pipedLabels))
      const page = await piped()
      const series = parseMetricsPage(page)
      expect(table(series.filter(({ name }) => name !== 'target_info'))).toEqual(told)
      expect(told.size).toBeGreaterThan(20)
      expect(table(await readOpenMetrics(await piped(OPEN_METRICS)))).toEqual(table(series))
      expect(await lintMetrics(page)).toBe('')
    })
  })
})

const WORDS: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' }

/** As "Prometheus and OpenMetrics compatibility" of the OpenTelemetry specification has it. */
function pipedName({ metric, unit, isMonotonic }: PointView): string {
  return `${underscored(metric)}${WORDS[unit] ?? ''}${isMonotonic ? '_total' : ''}`
}

function pipedLabels({ attributes, resource, scope }: PointView): Record<string, unknown> {
  return {
    ...attributes,
    job: resource['service.name'],
    instance: resource['service.instance.id'],
    otel_scope_name: scope.name,
    otel_scope_version: scope.version,
  }
}
