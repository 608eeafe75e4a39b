import { describe, expect, it } from 'vitest'
import { settingsOf, tracesOf } from '../../src/helpers/fixtures.ts'
import { counter, gauge, metricsOf, numberPoint } from '../../src/pdata/metrics_for_tests.ts'
import { atEnd } from '../../test/kit/cleanup.ts'
import { cleansUp, eventually } from '../../test/kit/fixtures.ts'
import { startOtlpSink } from '../../test/kit/otlp_sink.ts'
import { otlpGrpcConfig } from '../../src/helpers/otlp_grpc/config.ts'
import { otlpGrpcExporter } from './exporter.ts'

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
    const exporter = otlpGrpcExporter(settings, otlpGrpcConfig.parse(given))
    atEnd('exporter', () => exporter.shutdown?.())
    await exporter.start?.()
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
})
