import { describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/helpers/buffer_pool.ts'
import { settingsOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { counter, gauge, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { decodeMetrics, points } from '../../test/kit/otlp.ts'
import { startOtlpSink } from '../../test/kit/otlp_sink.ts'
import { otlpGrpcConfig } from './config.ts'
import { OtlpGrpcExporter } from './exporter.ts'
import { signalOf } from './signals.ts'
import { splitBatch } from './split.ts'

cleansUp()

const many = (count: number) =>
  metricsOf([
    gauge('first', [numberPoint(-1)]),
    counter(
      'requests',
      Array.from({ length: count - 1 }, (_, i) => numberPoint(i, { path: `/items/${i}` })),
    ),
  ])

describe('the otlp_grpc exporter and metrics', () => {
  it('sends them to the metrics service and counts data points', async () => {
    const sink = await startOtlpSink()
    const { settings } = settingsOf('otlp_grpc')
    const given = { endpoint: sink.endpoint, tls: { insecure: true } }
    const exporter = new OtlpGrpcExporter(settings, otlpGrpcConfig.parse(given))
    atEnd('exporter', () => exporter.shutdown())
    await exporter.start()
    await expect(exporter.export(many(5))).resolves.toEqual({ kind: 'accepted' })
    await exporter.export(tracesOf(0, 3))
    await eventually(() => expect(settings.counters.out).toBe(8))
    expect(sink.points().map(({ metric, value }) => [metric, value])).toEqual([
      ['first', -1],
      ['requests', 0],
      ['requests', 1],
      ['requests', 2],
      ['requests', 3],
    ])
    expect(sink.spans()).toHaveLength(3)
  })

  it('makes requests below the limit, with every data point once and in order', () => {
    const batch = many(101)
    const split = (maxBytes: number) =>
      splitBatch(signalOf(batch), batch, maxBytes, new ProtoWriter(16), new BufferPool())
    for (const maxBytes of [250, 1_000, 3_000]) {
      const { requests, tooLarge } = split(maxBytes)
      expect(Math.max(...requests.map(({ body }) => body.length))).toBeLessThanOrEqual(maxBytes)
      expect(tooLarge).toBe(0)
      const values = requests.flatMap(({ body }) =>
        points(decodeMetrics(body)).map(({ value }) => value),
      )
      expect(values).toEqual(Array.from({ length: 101 }, (_, i) => i - 1))
    }
    expect(split(20)).toEqual({ requests: [], tooLarge: 101 })
  })
})
