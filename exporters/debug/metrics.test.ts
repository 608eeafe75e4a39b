import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TEMPORALITY } from '../../src/pdata/metrics.ts'
import {
  counter,
  exemplarOf,
  exponentialHistogram,
  exponentialPoint,
  gauge,
  histogram,
  histogramPoint,
  metricsOf,
  numberPoint,
  summary,
  summaryPoint,
} from '../../src/pdata/metrics_for_tests.ts'
import { exporterWith, nginx, START_MS } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers({ now: START_MS }))
afterEach(() => void vi.useRealTimers())

const timeNs = BigInt(START_MS) * 1_000_000n

describe('metrics, normal', () => {
  it('are a line for each data point: service, series, value and unit', async () => {
    const { exporter, stream } = exporterWith()
    const batch = metricsOf(
      [
        gauge('process.memory.usage', [numberPoint(1048576, {}, { timeNs })], { unit: 'By' }),
        counter('requests', [
          numberPoint(7n, { 'url.path': '/a', code: 200 }, { timeNs }),
          numberPoint(0.5, { code: 500 }, { timeNs }),
        ]),
        histogram('duration', [histogramPoint({ timeNs, min: 0.05, counts: [1, 3, 0] })], {
          unit: 's',
        }),
        exponentialHistogram('size', [
          exponentialPoint({ timeNs, count: 6, negative: { offset: 1, counts: [2] } }),
        ]),
        summary('latency', [summaryPoint({ timeNs })]),
      ],
      nginx,
    )
    await exporter.export(batch)
    expect(stream.take()).toEqual([
      '14:03:22.123  web       process.memory.usage  1048576 By',
      '14:03:22.123  web       requests{url.path="/a", code=200}  7',
      '14:03:22.123  web       requests{code=500}  0.5',
      '14:03:22.123  web       duration  count=4 sum=6.05 min=0.05 le0.1=1 le1=3 s',
      '14:03:22.123  web       size  count=6 sum=6 le-2=2 le0=1 le2=2 le4=1',
      '14:03:22.123  web       latency  count=4 sum=6.05 q0.5=0.5 q1=5',
    ])
  })

  it('are cut to the width of the line, of the series before the value', async () => {
    const { exporter, stream } = exporterWith()
    stream.columns = 80
    const counts = Array.from({ length: 20 }, () => 1)
    const bounds = counts.slice(1).map((_, i) => i)
    const long = { path: 'x'.repeat(100_000) }
    await exporter.export(
      metricsOf([
        gauge('one', [numberPoint(12345, long, { timeNs })]),
        histogram('two', [histogramPoint({ timeNs, attributes: long, bounds, counts })]),
      ]),
    )
    expect(stream.take()).toEqual([
      `14:03:22.123  shop      one{path="${'x'.repeat(38)}…  12345`,
      `14:03:22.123  shop      two{path="${'x'.repeat(29)}…  count=4 sum=6…`,
    ])
  })

  it('share a line that is too long, the count and sum before the buckets', async () => {
    const { exporter, stream } = exporterWith()
    const attributes = { path: 'x'.repeat(100) }
    const shape = { count: 1234, sum: 12.3456789, min: 0.000123456789, max: 1.5 }
    const point = histogramPoint({ timeNs, attributes, ...shape })
    await exporter.export(metricsOf([histogram('duration', [point], { unit: 's' })]))
    expect(stream.take()).toEqual([
      `14:03:22.123  shop      duration{path="${'x'.repeat(50)}…  count=1234 sum=12.3457 min=…`,
    ])
  })

  it('let no text control the terminal', async () => {
    const { exporter, stream } = exporterWith()
    const hostile = '\x1b]0;x\x07\r\n\u202e\x9b2J'
    const point = numberPoint(1, { [hostile]: hostile })
    const metric = gauge(hostile, [point], { unit: hostile, description: hostile })
    await exporter.export(metricsOf([metric]))
    const detailed = exporterWith({ verbosity: 'detailed' })
    await detailed.exporter.export(metricsOf([metric]))
    expect(stream.text).not.toMatch(/[^\P{C}\n]/u)
    expect(detailed.stream.text).not.toMatch(/[^\P{C}\n]/u)
    expect(stream.take()).toHaveLength(1)
  })

  it('share the limit of lines', async () => {
    const { exporter, stream } = exporterWith({ max_lines_per_second: 3 })
    const points = Array.from({ length: 100 }, (_, i) => numberPoint(i))
    await exporter.export(metricsOf([gauge('a', points), gauge('b', points)]))
    expect(stream.take()).toHaveLength(3)
    vi.advanceTimersByTime(1_000)
    expect(stream.take()).toEqual(['… 197 more in this second'])
  })
})

describe('metrics, basic', () => {
  it('are a line for each batch', async () => {
    const { exporter, stream, counters } = exporterWith({ verbosity: 'basic' })
    const points = [numberPoint(1), numberPoint(2)]
    await exporter.export(metricsOf([gauge('a', points), gauge('b', points), gauge('c', [])]))
    expect(stream.take()).toEqual([
      '14:03:22.123 info  [debug] Metrics. resource_metrics=1 metrics=3 data_points=4',
    ])
    expect([counters.of('metrics').in, counters.of('metrics').out]).toEqual([4, 4])
  })
})

describe('metrics, detailed', () => {
  const detailed = () => exporterWith({ verbosity: 'detailed' })

  it('show every field of a number', async () => {
    const { exporter, stream } = detailed()
    const exemplars = [
      exemplarOf(3, { timeNs: 2_000_000_000n, attributes: { user: 'a' } }),
      exemplarOf(4, { timeNs: 2_000_000_000n, traceId: '', spanId: '' }),
    ]
    const times = { startNs: 1_000_000_000n, timeNs: 3_000_000_001n }
    const point = numberPoint(-7, { code: 200 }, { ...times, exemplars })
    const metric = counter('requests', [point], {
      temporality: TEMPORALITY.delta,
      unit: '{request}',
      description: 'Requests.',
    })
    await exporter.export(metricsOf([metric]))
    expect(stream.take()).toEqual([
      'Metric requests',
      '    description     Requests.',
      '    unit            {request}',
      '    type            sum, delta, monotonic',
      '    start           1970-01-01T00:00:01.000000000Z',
      '    time            1970-01-01T00:00:03.000000001Z',
      '    value           -7',
      '    attributes',
      '        code: 200',
      '    exemplar 3 at 1970-01-01T00:00:02.000000000Z in trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331',
      '        user: "a"',
      '    exemplar 4 at 1970-01-01T00:00:02.000000000Z',
      '    resource',
      '        service.name: "shop"',
      '    scope           waggle/test 0.1.0',
    ])
  })

  it('show the buckets of histograms', async () => {
    const { exporter, stream } = detailed()
    const times = { startNs: 0n, timeNs: 0n }
    await exporter.export(
      metricsOf([
        histogram('h', [histogramPoint({ ...times, min: 0.05, max: 5 })]),
        exponentialHistogram('e', [exponentialPoint({ ...times, scale: 1, zeroThreshold: 1e-9 })]),
      ]),
    )
    const [type, start, time] = [
      '    type            histogram, cumulative',
      '    start',
      '    time            1970-01-01T00:00:00.000000000Z',
    ]
    const end = [
      '    resource',
      '        service.name: "shop"',
      '    scope           waggle/test 0.1.0',
    ]
    expect(stream.take()).toEqual([
      'Metric h',
      '    description',
      '    unit',
      type,
      start,
      time,
      '    count           4',
      '    sum             6.05',
      '    min             0.05',
      '    max             5',
      '    buckets',
      '        le0.1=1',
      '        le1=2',
      '        +Inf=1',
      ...end,
      'Metric e',
      '    description',
      '    unit',
      '    type            exponential histogram, cumulative',
      start,
      time,
      '    count           4',
      '    sum             6',
      '    min',
      '    max',
      '    scale           1',
      '    zero count      1',
      '    zero threshold  1e-9',
      '    buckets',
      '        le1e-9=1',
      '        le1.414=2',
      '        le2=1',
      ...end,
    ])
  })
})
