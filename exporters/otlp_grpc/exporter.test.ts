import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { settingsOf, spanOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { makeCertificates, type Certificates } from '../../test/kit/certificates.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { startOtlpSink, type OtlpSink, type OtlpSinkOptions } from '../../test/kit/otlp_sink.ts'
import { otlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { otlpGrpcExporter } from './exporter.ts'

cleansUp()
afterEach(() => void vi.useRealTimers())

/** Retries within milliseconds instead of seconds. */
const soon = { initial_interval: '10ms', max_interval: '20ms', randomization_factor: 0 }

async function exporterTo(endpoint: string, given: object = {}) {
  const { settings, logged } = settingsOf('otlp_grpc')
  const config = otlpGrpcConfig.parse({
    endpoint,
    tls: { insecure: true },
    retry_on_failure: soon,
    ...given,
  })
  const exporter = otlpGrpcExporter(settings, config)
  atEnd('exporter', () => exporter.shutdown?.())
  await exporter.start?.()
  const { counters } = settings
  const counts = () => [counters.in, counters.out, Object.fromEntries(counters.dropped)]
  return { exporter, logged, counts }
}

async function sinkAndExporter(options: OtlpSinkOptions = {}, given: object = {}) {
  const sink = await startOtlpSink(options)
  return { sink, ...(await exporterTo(sink.endpoint, given)) }
}

/** Lets everything happen that needs no time. */
const turn = () => new Promise((resolve) => void setImmediate(resolve))

const expectCounts = (counts: () => unknown[], expected: unknown[]) =>
  eventually(() => expect(counts()).toEqual(expected))

const idsOf = (sink: OtlpSink) => sink.spans().map(({ spanId }) => spanId)
const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => spanOf(from + i).spanId)

describe('the otlp_grpc exporter', () => {
  it('sends what a strict decoder reads, with its own name as user agent', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    await expect(exporter.export(tracesOf(0, 100))).resolves.toEqual({ kind: 'accepted' })
    await expectCounts(counts, [100, 100, {}])
    expect(idsOf(sink)).toEqual(ids(0, 100))
    expect(sink.received[0]?.headers['user-agent']).toMatch(/^waggle\/0\.1\.0 grpc-node-js\//)
  })

  it('sends gzip with a frame and a header that say so', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    await exporter.export(tracesOf(0, 100))
    await expectCounts(counts, [100, 100, {}])
    const [received] = sink.received
    expect(received?.compression).toBe('gzip')
    expect(received?.headers['grpc-encoding']).toBe('gzip')
    expect((received?.wireBytes ?? 0) * 3).toBeLessThan(received?.bytes.length ?? 0)
  })

  it('sends what gzip would make larger as it is', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
    await exporter.export(tracesOf(0, 1, { ...ids, name: 'a', attributes: {} }))
    await expectCounts(counts, [1, 1, {}])
    expect(sink.received[0]?.compression).toBe('identity')
  })

  it('sends without compression when it is none', async () => {
    const { sink, exporter, counts } = await sinkAndExporter({}, { compression: 'none' })
    await exporter.export(tracesOf(0, 100))
    await expectCounts(counts, [100, 100, {}])
    expect(sink.received[0]?.compression).toBe('identity')
    expect(sink.received[0]?.headers['grpc-encoding']).toBeUndefined()
  })

  it('sends the configured headers', async () => {
    const headers = { authorization: 'Bearer sesame', 'x-tenant': 'blue' }
    const { sink, exporter, counts } = await sinkAndExporter({}, { headers })
    await exporter.export(tracesOf(0, 1))
    await expectCounts(counts, [1, 1, {}])
    expect(sink.received[0]?.headers).toMatchObject(headers)
  })

  it('splits a batch above 4 MiB into requests that a server with its default limit takes', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    await exporter.export(tracesOf(0, 100, { name: 'x'.repeat(100_000) }))
    await expectCounts(counts, [100, 100, {}])
    expect(sink.received.length).toBe(3)
    expect(idsOf(sink).sort()).toEqual(ids(0, 100).sort())
  })

  it('drops a span that is too large by itself', async () => {
    const given = { max_send_msg_size_mib: 0.001 }
    const { exporter, counts, logged } = await sinkAndExporter({}, given)
    await exporter.export(tracesOf(0, 1, { name: 'x'.repeat(2_000) }))
    await exporter.export(tracesOf(1, 3))
    await expectCounts(counts, [3, 2, { too_large: 1 }])
    expect(logged).toEqual(['error Dropping data. reason=too_large'])
  })

  it('spreads requests over no more connections than addresses', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    for (let n = 0; n < 30; n++) await exporter.export(tracesOf(n, n + 1))
    await expectCounts(counts, [30, 30, {}])
    expect(sink.connections).toBe(1)
  })
})

describe('the otlp_grpc exporter and a destination that fails', () => {
  it('sends a request that was UNAVAILABLE again, once', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    sink.script({ kind: 'status', code: status.UNAVAILABLE, message: 'later' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
    expect(sink.received.length).toBe(2)
    expect(idsOf(sink)).toEqual(ids(0, 5))
    expect(logged).toEqual(['warn  Destination fails, trying again. error="UNAVAILABLE: later"'])
  })

  it('waits as long as RetryInfo says', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter(
      {},
      { keepalive: { time: '0s' } },
    )
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { RESOURCE_EXHAUSTED } = status
    sink.script({ kind: 'status', code: RESOURCE_EXHAUSTED, message: 'busy', retryAfterMs: 7_000 })
    await exporter.export(tracesOf(0, 5))
    while (logged.length === 0) await turn()
    vi.advanceTimersByTime(6_999)
    for (let n = 0; n < 50; n++) await turn()
    expect(sink.received).toHaveLength(1)
    vi.advanceTimersByTime(1)
    vi.useRealTimers()
    await expectCounts(counts, [5, 5, {}])
  })

  it('drops on RESOURCE_EXHAUSTED without RetryInfo and on INVALID_ARGUMENT, and does not send again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    sink.script(
      { kind: 'status', code: status.RESOURCE_EXHAUSTED, message: 'too much' },
      { kind: 'status', code: status.INVALID_ARGUMENT, message: 'bad' },
    )
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 0, { rejected: 5 }])
    await exporter.export(tracesOf(5, 7))
    await expectCounts(counts, [7, 0, { rejected: 7 }])
    expect(sink.received.length).toBe(2)
    expect(logged).toEqual([
      'error Dropping data. reason=rejected error="RESOURCE_EXHAUSTED: too much"',
    ])
  })

  it('counts the rejected part of a partial success as dropped and never sends it again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter()
    sink.answerWith({ kind: 'partial', rejected: 2n, message: 'too old' })
    await exporter.export(tracesOf(0, 5))
    await exporter.export(tracesOf(5, 10))
    await expectCounts(counts, [10, 6, { partial_success: 4 }])
    expect(sink.received.length).toBe(2)
    expect(logged).toEqual(['warn  Partial success response. message="2 spans rejected: too old"'])
  })

  it('gives an attempt up after the timeout and tries again', async () => {
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, { timeout: '50ms' })
    sink.script({ kind: 'silence' })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
    expect(logged[0]).toMatch(/^warn  Destination fails, trying again. error="DEADLINE_EXCEEDED: /)
  })

  it('starts without its destination and sends what waits when it appears', async () => {
    const sink = await startOtlpSink()
    await sink.refuse()
    const { exporter, counts, logged } = await exporterTo(sink.endpoint)
    await exporter.export(tracesOf(0, 5))
    await eventually(() => expect(logged.length).toBe(1))
    expect(logged[0]).toMatch(
      /^warn  Destination fails, trying again. error="UNAVAILABLE: .*ECONNREFUSED/,
    )
    expect(counts()).toEqual([5, 0, {}])
    await sink.accept()
    await expectCounts(counts, [5, 5, {}])
    expect(idsOf(sink)).toEqual(ids(0, 5))
  })

  it('loses nothing when the connection breaks under way', async () => {
    const { sink, exporter, counts } = await sinkAndExporter()
    sink.script({ kind: 'hang_up' })
    for (let n = 0; n < 20; n++) await exporter.export(tracesOf(n, n + 1))
    await expectCounts(counts, [20, 20, {}])
    expect([...new Set(idsOf(sink))].sort()).toEqual(ids(0, 20).sort())
  })

  it('refuses when its queue is full, without a word in its own counts', async () => {
    const given = { sending_queue: { queue_size: 2 } }
    const { sink, exporter, counts, logged } = await sinkAndExporter({}, given)
    sink.answerWith({ kind: 'ok', delayMs: 100 })
    const outcomes = await Promise.all([0, 1, 2].map((n) => exporter.export(tracesOf(n, n + 1))))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'refused'])
    expect(outcomes[2]).toEqual({ kind: 'refused', reason: 'queue_full' })
    await expectCounts(counts, [2, 2, {}])
    expect(logged).toEqual(['warn  Queue full, refusing data.'])
  })

  it('does not encode what its full queue will refuse', async () => {
    const given = { sending_queue: { queue_size: 1 } }
    const { sink, exporter } = await sinkAndExporter({}, given)
    sink.answerWith({ kind: 'ok', delayMs: 50 })
    await exporter.export(tracesOf(0, 1))
    const batch = tracesOf(1, 2)
    const encode = vi.spyOn(batch.groups[0]!.spans, 'encode')
    await exporter.export(batch)
    expect(encode).not.toHaveBeenCalled()
  })
})

describe('the otlp_grpc exporter and TLS', () => {
  let made: Promise<Certificates> | undefined
  const certificates = () => (made ??= makeCertificates())

  it('sends to a server whose authority it knows', async () => {
    const sink = await startOtlpSink({ security: 'tls', certificates: await certificates() })
    const tls = { ca_file: sink.certificates?.caFile }
    const { exporter, counts } = await exporterTo(sink.endpoint, { tls })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
  })

  it('shows its own certificate', async () => {
    const sink = await startOtlpSink({ security: 'mtls', certificates: await certificates() })
    const { caFile, client } = sink.certificates!
    const tls = { ca_file: caFile, cert_file: client.certFile, key_file: client.keyFile }
    const { exporter, counts } = await exporterTo(`https://${sink.endpoint}`, { tls })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
    expect(sink.received[0]?.clientName).toBe('waggle test client')
  })

  it.each([
    ['an authority it does not know', { ca_file: 'other' }, /self.signed|unable to (get|verify)/],
    ['another name', { server_name_override: 'gateway.example' }, /gateway\.example/],
  ])('sends nothing to a server with %s', async (_, given, error) => {
    const sink = await startOtlpSink({ security: 'tls', certificates: await certificates() })
    const other = await makeCertificates()
    const ca_file = 'ca_file' in given ? other.caFile : sink.certificates?.caFile
    const { exporter, counts, logged } = await exporterTo(sink.endpoint, {
      tls: { ...given, ca_file },
    })
    await exporter.export(tracesOf(0, 5))
    await eventually(() => expect(logged[0]).toMatch(error))
    expect([counts(), sink.received.length]).toEqual([[5, 0, {}], 0])
  })

  it.each([
    ['takes another name for the server', { server_name_override: 'localhost' }],
    ['takes any certificate when told so', { insecure_skip_verify: true }],
  ])('%s', async (_, given) => {
    const sink = await startOtlpSink({ security: 'tls', certificates: await certificates() })
    const skips = 'insecure_skip_verify' in given
    const tls = { ...given, ...(!skips && { ca_file: sink.certificates?.caFile }) }
    const { exporter, counts } = await exporterTo(sink.endpoint, { tls })
    await exporter.export(tracesOf(0, 5))
    await expectCounts(counts, [5, 5, {}])
  })

  it('does not start with certificates that cannot be read', async () => {
    const started = exporterTo('localhost:4317', { tls: { ca_file: '/no/such.pem' } })
    await expect(started).rejects.toThrow('read tls.ca_file /no/such.pem')
  })
})

describe('the end of the otlp_grpc exporter', () => {
  it('works before start and twice', async () => {
    const { settings } = settingsOf('otlp_grpc')
    const exporter = otlpGrpcExporter(
      settings,
      otlpGrpcConfig.parse({ endpoint: 'localhost:4317' }),
    )
    await exporter.shutdown?.()
    await exporter.shutdown?.()
    const outcome = await exporter.export(tracesOf(0, 1))
    expect(outcome).toEqual({ kind: 'refused', reason: 'shutdown' })
  })

  it('sends first what waits', async () => {
    const given = { sending_queue: { num_consumers: 2 } }
    const { sink, exporter, counts } = await sinkAndExporter({}, given)
    sink.answerWith({ kind: 'ok', delayMs: 5 })
    for (let n = 0; n < 20; n++) await exporter.export(tracesOf(n, n + 1))
    await exporter.shutdown?.()
    expect(counts()).toEqual([20, 20, {}])
    expect(idsOf(sink).sort()).toEqual(ids(0, 20).sort())
  })

  it('tries each once more when the destination is gone, and counts what is lost', async () => {
    const sink = await startOtlpSink()
    await sink.refuse()
    const { exporter, counts, logged } = await exporterTo(sink.endpoint, {
      retry_on_failure: {},
      sending_queue: { queue_size: 50 },
    })
    for (let n = 0; n < 51; n++) await exporter.export(tracesOf(n, n + 1))
    const startedAt = performance.now()
    await exporter.shutdown?.()
    // Far below the time that the shutdown of a queue may take.
    expect(performance.now() - startedAt).toBeLessThan(8_000)
    expect(counts()).toEqual([50, 0, { shutdown: 50 }])
    expect(logged.at(-1)).toBe('info  No longer dropping data. reason=shutdown items=50')
  })
})
