import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ClientAuth, OutgoingRequest } from '../../src/component/auth.ts'
import { PermanentError } from '../../src/component/errors.ts'
import { NO_HOST, type Host } from '../../src/component/host.ts'
import { settingsOf, spanOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { Delivery } from '../../src/pdata/delivery.ts'
import { Traces } from '../../src/pdata/traces.ts'
import { gauge, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { startOtlpHttpSink, type OtlpHttpSink } from '../../test/kit/otlp_http_sink.ts'
import { otlpHttpConfig } from './config.ts'
import { otlpHttpExporter } from './exporter.ts'

cleansUp()
afterEach(() => void vi.useRealTimers())

/** Retries within milliseconds instead of seconds. */
const soon = { initial_interval: '10ms', max_interval: '20ms', randomization_factor: 0 }

async function sinkAndExporter(options: object = {}, given: object = {}, host: Host = NO_HOST) {
  const sink = await startOtlpHttpSink(options)
  const { settings, logged } = settingsOf('otlp_http')
  const config = otlpHttpConfig.parse({
    endpoint: sink.endpoint,
    retry_on_failure: soon,
    ...given,
  })
  const exporter = otlpHttpExporter({ ...settings, host }, config)
  atEnd('exporter', () => exporter.shutdown?.())
  await exporter.start?.()
  const { counters } = settings
  const counts = () => [counters.in, counters.out, Object.fromEntries(counters.dropped)]
  return { sink, exporter, logged, counts }
}

/** Lets everything happen that needs no time. */
const turn = () => new Promise((resolve) => void setImmediate(resolve))

const expectCounts = (counts: () => unknown[], expected: unknown[]) =>
  eventually(() => expect(counts()).toEqual(expected))

const idsOf = (sink: OtlpHttpSink) => sink.spans().map(({ spanId }) => spanId)
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => spanOf(from + i).spanId)

describe('the otlp_http exporter', () => {
  it('sends what a strict decoder reads', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    await expect(exporter.export(tracesOf(0, 100))).resolves.toEqual({ kind: 'accepted' })
    await exporter.export(metricsOf([gauge('users', [numberPoint(7)])]))
    await expectCounts(counts, [101, 101, {}])
    expect(idsOf(sink)).toEqual(ids(0, 100))
    expect(sink.points().map(({ metric, value }) => [metric, value])).toEqual([['users', 7]])
  })

  it('asks its authenticator with what it sends itself and with who sent the data', async () => {
    const asked: OutgoingRequest[] = []
    const auth: ClientAuth = {
      headers: async (request) => {
        asked.push(request)
        return { 'x-tenant': request.client?.metadata?.get('x-tenant')?.[0], 'x-own': undefined }
      },
    }
    const extension = (id: string): ClientAuth | undefined => (id === 'setter' ? auth : undefined)
    const given = { auth: { authenticator: 'setter' }, headers: { 'x-own': 'mine' } }
    const { sink, exporter, counts } = await sinkAndExporter({}, given, { ...NO_HOST, extension })
    const client = { metadata: new Map([['x-tenant', ['acme']]]) }
    const { groups } = tracesOf(0, 1)
    await exporter.export(new Traces(groups, new Delivery(undefined, client)))
    await expectCounts(counts, [1, 1, {}])
    expect(asked).toEqual([{ headers: { 'user-agent': 'waggle/0.1.0', 'x-own': 'mine' }, client }])
    const headers = sink.received[0]?.headers
    expect([headers?.['x-tenant'], headers?.['x-own']]).toEqual(['acme', undefined])
  })

  it('gives up what its authenticator says can never be sent', async () => {
    const auth: ClientAuth = { headers: () => Promise.reject(new PermanentError('two tenants')) }
    const given = { auth: { authenticator: 'setter' } }
    const host = { ...NO_HOST, extension: () => auth }
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, given, host)
    await exporter.export(tracesOf(0, 1))
    await expectCounts(counts, [1, 0, { rejected: 1 }])
    expect(sink.received).toEqual([])
    expect(logged.join()).toContain('get the headers of setter: two tenants')
  })

  it('splits a batch above the limit, and drops a span that is too large by itself', async () => {
    const given = { max_request_size_mib: 0.01 }
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, given)
    await exporter.export(tracesOf(0, 100))
    await exporter.export(tracesOf(100, 101, { name: 'x'.repeat(11_000) }))
    await expectCounts(counts, [101, 100, { too_large: 1 }])
    expect(idsOf(sink).toSorted()).toEqual(ids(0, 100).toSorted())
    expect(Math.max(...sink.received.map(({ bytes }) => bytes.length))).toBeLessThan(10_486)
    expect(logged).toEqual(['error Dropping data. reason=too_large'])
  })

  it('sends a request that a server could not take for now again, once', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    sink.script({ kind: 'status', code: 503, message: 'later' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
    expect(sink.received).toHaveLength(2)
    expect(logged).toEqual([
      'warn  Destination fails, trying again. error="HTTP 503 Service Unavailable: later"',
    ])
  })

  it('waits as long as Retry-After says', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    sink.script({ kind: 'status', code: 429, headers: { 'retry-after': '7' } })
    await exporter.export(tracesOf(0, 5))
    while (logged.length === 0) await turn()
    vi.advanceTimersByTime(6_999)
    for (let n = 0; n < 50; n++) await turn()
    expect(sink.received).toHaveLength(1)
    vi.advanceTimersByTime(1)
    vi.useRealTimers()
    await expectCounts(counts, [5, 5, {}])
  })

  it('drops what a server refuses for good, and does not send it again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, { compression: 'none' })
    sink.answerWith({ kind: 'status', code: 400, message: 'bad' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 0, { rejected: 5 }])
    expect(sink.received).toHaveLength(1)
    expect(logged).toEqual([
      'error Dropping data. reason=rejected error="HTTP 400 Bad Request: bad"',
    ])
  })

  it('counts the rejected part of a partial success as dropped and never sends it again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    sink.answerWith({ kind: 'partial', rejected: 2n, message: 'too old' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 3, { partial_success: 2 }])
    expect(sink.received).toHaveLength(1)
    expect(logged).toEqual(['warn  Partial success response. message="2 spans rejected: too old"'])
  })

  it('gives an attempt up after the timeout and tries again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, { timeout: '50ms' })
    sink.script({ kind: 'silence' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
    expect(logged[0]).toMatch(/^warn {2}Destination fails, trying again\. error="no answer within/)
  })

  it('loses nothing while the server goes away and comes back', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    await exporter.export(tracesOf(0, 1))
    await expectCounts(counts, [1, 1, {}])
    await sink.refuse()
    for (let n = 1; n < 20; n++) await exporter.export(tracesOf(n, n + 1))
    await sink.accept()
    await expectCounts(counts, [20, 20, {}])
    expect([...new Set(idsOf(sink))].toSorted()).toEqual(ids(0, 20).toSorted())
  })

  it('sends first what waits when it ends', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    sink.answerWith({ kind: 'ok', delayMs: 5 })
    for (let n = 0; n < 20; n++) await exporter.export(tracesOf(n, n + 1))
    await exporter.shutdown?.()
    expect(counts()).toEqual([20, 20, {}])
  })
})
