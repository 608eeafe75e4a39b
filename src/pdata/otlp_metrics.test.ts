import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, it } from 'vitest'
import { decodeJsonRequest, decodeMetrics, points } from '../../test/kit/otlp.ts'
import type { PointView } from '../../test/kit/otlp.ts'
import { Delivery } from './delivery.ts'
import { type Exemplar, type Metric, type MetricGroup, Metrics, type Point } from './metrics.ts'
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
  START_NS,
  TIME_NS,
} from './metrics_for_tests.ts'
import { encodeMetrics } from './otlp_metrics.ts'
import { batchToJson } from './otlp_to_json.ts'
import { ProtoWriter } from './proto_writer.ts'
import { Resource } from './resource.ts'

function encode(batch: Metrics): Buffer {
  const out = new ProtoWriter(16)
  encodeMetrics(batch, out)
  return out.toBytes()
}

/** A batch as the strict decoder shows it, which must be the same from protobuf and from JSON. */
function decoded(batch: Metrics): PointView[] {
  const request = decodeMetrics(encode(batch))
  expect(decodeJsonRequest('metrics', JSON.stringify(batchToJson(batch)))).toEqual(request)
  return points(request)
}

/** The data points themselves, as decoded. */
const pointsOf = (metric: Metric) => decoded(metricsOf([metric])).map(({ point }) => point)

const RESOURCE = { 'service.name': 'shop' }
const SCOPE = { name: 'waggle/test', version: '0.1.0', attributes: {} }
const TIMES = { startTimeUnixNano: START_NS, timeUnixNano: TIME_NS }

describe('metrics in OTLP', () => {
  it('are read back with name, unit, description, type, temporality and attributes', () => {
    const batch = metricsOf([
      gauge('queue.length', [numberPoint(3, { queue: 'a' }, { startNs: 0n })], { unit: '{item}' }),
      counter('requests', [numberPoint(7, { code: 200 }), numberPoint(1, { code: 500 })], {
        description: 'Requests so far.',
      }),
      counter('connections', [numberPoint(-2)], { monotonic: false, temporality: 1 }),
      histogram('duration', [histogramPoint()], { unit: 's', temporality: 1 }),
      exponentialHistogram('size', [exponentialPoint()], { unit: 'By' }),
    ])
    const common = { resource: RESOURCE, scope: SCOPE, point: expect.anything() }
    const plain = { ...common, unit: '', description: '', attributes: {}, isMonotonic: false }
    const times = { startNs: START_NS, timeNs: TIME_NS }
    const requests = {
      ...plain,
      ...times,
      metric: 'requests',
      description: 'Requests so far.',
      kind: 'sum',
      temporality: 'cumulative',
      isMonotonic: true,
    }
    expect(decoded(batch)).toEqual([
      {
        ...plain,
        ...times,
        metric: 'queue.length',
        unit: '{item}',
        kind: 'gauge',
        temporality: 'none',
        attributes: { queue: 'a' },
        startNs: 0n,
        value: 3,
      },
      { ...requests, attributes: { code: 200 }, value: 7 },
      { ...requests, attributes: { code: 500 }, value: 1 },
      { ...plain, ...times, metric: 'connections', kind: 'sum', temporality: 'delta', value: -2 },
      {
        ...plain,
        ...times,
        metric: 'duration',
        unit: 's',
        kind: 'histogram',
        temporality: 'delta',
        value: 4,
      },
      {
        ...plain,
        ...times,
        metric: 'size',
        unit: 'By',
        kind: 'exponentialHistogram',
        temporality: 'cumulative',
        value: 4,
      },
    ])
  })

  it('keep the order of groups and what belongs to each', () => {
    const groups: MetricGroup[] = ['a', 'b', 'c'].map((name, i) => ({
      resource: new Resource({ name }),
      scope: { name: `scope ${name}`, version: '' },
      metrics: [gauge(`metric.${name}`, [numberPoint(i)])],
    }))
    const rows = decoded(new Metrics(groups, new Delivery()))
    expect(rows.map(({ resource, scope, metric }) => [resource, scope.name, metric])).toEqual([
      [{ name: 'a' }, 'scope a', 'metric.a'],
      [{ name: 'b' }, 'scope b', 'metric.b'],
      [{ name: 'c' }, 'scope c', 'metric.c'],
    ])
  })

  it('may be none, and a metric without data points is left out', () => {
    expect(decodeMetrics(encode(new Metrics([], new Delivery())))).toEqual({ resourceMetrics: [] })
    expect(batchToJson(new Metrics([], new Delivery()))).toEqual({ resourceMetrics: [] })
    const rows = decoded(metricsOf([gauge('none', []), gauge('one', [numberPoint(1)])]))
    expect(rows.map(({ metric }) => metric)).toEqual(['one'])
    expect(decoded(metricsOf([histogram('none', [])]))).toEqual([])
    expect(decoded(metricsOf([]))).toEqual([])
  })
})

describe('the value of a data point', () => {
  it.each<[number | bigint, bigint]>([
    [0, 0n],
    [-0, 0n],
    [1, 1n],
    [-1, -1n],
    [2 ** 31, 2n ** 31n],
    [2 ** 32, 2n ** 32n],
    [-(2 ** 32), -(2n ** 32n)],
    [-(2 ** 32) - 1, -(2n ** 32n) - 1n],
    [2 ** 53 - 1, 2n ** 53n - 1n],
    [-(2 ** 53) + 1, -(2n ** 53n) + 1n],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [-(2n ** 63n), -(2n ** 63n)],
    [2n ** 64n + 5n, 5n],
  ])('%s is an integer', (value, expected) => {
    const [point] = pointsOf(gauge('g', [numberPoint(value)]))
    expect(point).toMatchObject({ asInt: expected })
    expect(point).not.toHaveProperty('asDouble', expect.anything())
  })

  it.each([0.5, -1.25, 1e300, 5e-324, 2 ** 53, NaN, Infinity, -Infinity])(
    '%s is a double',
    (value) => {
      const [point] = pointsOf(counter('c', [numberPoint(value)]))
      expect(point).toMatchObject({ asDouble: value })
      expect(point).not.toHaveProperty('asInt', expect.anything())
    },
  )
})

describe('a histogram in OTLP', () => {
  it('has bounds, counts, sum, and minimum and maximum where they are known', () => {
    const [known, unknown] = pointsOf(
      histogram('h', [
        histogramPoint({ min: 0.05, max: 5, attributes: { a: 1 } }),
        histogramPoint({ count: 2 ** 33, counts: [2 ** 33, 0, 0] }),
      ]),
    )
    expect(known).toMatchObject({
      ...TIMES,
      count: 4n,
      sum: 6.05,
      bucketCounts: [1n, 2n, 1n],
      explicitBounds: [0.1, 1],
      min: 0.05,
      max: 5,
    })
    expect(unknown).toMatchObject({ count: 2n ** 33n, bucketCounts: [2n ** 33n, 0n, 0n] })
    expect(unknown).not.toHaveProperty('min', expect.anything())
    expect(unknown).not.toHaveProperty('max', expect.anything())
  })

  it('keeps a minimum, maximum and sum of 0, and values that JSON has no number for', () => {
    const zero = { count: 0, sum: 0, counts: [0, 0, 0], min: 0, max: 0 }
    const odd = { sum: NaN, max: Infinity, min: -Infinity }
    expect(pointsOf(histogram('h', [histogramPoint(zero)]))).toMatchObject([
      { count: 0n, sum: 0, min: 0, max: 0 },
    ])
    expect(pointsOf(histogram('h', [histogramPoint(odd)]))).toMatchObject([odd])
  })

  it('may have one bucket or none', () => {
    const one = histogramPoint({ bounds: [], counts: [4], attributes: { buckets: 1 } })
    const none = histogramPoint({ bounds: [], counts: [], attributes: { buckets: 0 } })
    expect(pointsOf(histogram('h', [one, none]))).toMatchObject([
      { count: 4n, bucketCounts: [4n], explicitBounds: [] },
      { count: 4n, bucketCounts: [], explicitBounds: [] },
    ])
  })
})

describe('an exponential histogram in OTLP', () => {
  it('has its scale, zero bucket and both ranges', () => {
    const point = exponentialPoint({
      count: 2 ** 40 + 11,
      scale: -3,
      zeroCount: 2,
      zeroThreshold: 1e-9,
      positive: { offset: -17, counts: [1, 0, 300] },
      negative: { offset: 2 ** 20, counts: [2 ** 40 - 292] },
      min: -8,
      max: 4,
    })
    expect(pointsOf(exponentialHistogram('e', [point]))).toMatchObject([
      {
        ...TIMES,
        count: 2n ** 40n + 11n,
        sum: 6,
        scale: -3,
        zeroCount: 2n,
        zeroThreshold: 1e-9,
        positive: { offset: -17, bucketCounts: [1n, 0n, 300n] },
        negative: { offset: 2 ** 20, bucketCounts: [2n ** 40n - 292n] },
        min: -8,
        max: 4,
      },
    ])
  })

  it('leaves out what is unknown or empty', () => {
    const [point] = pointsOf(exponentialHistogram('e', [exponentialPoint()]))
    for (const field of ['min', 'max', 'negative']) {
      expect(point).not.toHaveProperty(field, expect.anything())
    }
  })
})

describe('an exemplar in OTLP', () => {
  const exemplars: Exemplar[] = [
    exemplarOf(0.25, { attributes: { user: 'a' } }),
    exemplarOf(3, { traceId: '', spanId: '' }),
  ]
  const expected = [
    {
      timeUnixNano: TIME_NS - 1_000_000n,
      asDouble: 0.25,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      filteredAttributes: [{ key: 'user', value: { stringValue: 'a' } }],
    },
    { asInt: 3n, traceId: '', spanId: '', filteredAttributes: [] },
  ]
  it.each<[string, Metric]>([
    ['gauge', gauge('m', [numberPoint(1, {}, { exemplars })])],
    ['sum', counter('m', [numberPoint(1, {}, { exemplars })])],
    ['histogram', histogram('m', [histogramPoint({ exemplars })])],
    ['exponential histogram', exponentialHistogram('m', [exponentialPoint({ exemplars })])],
  ])('stands with the data point of a %s', (_, metric) => {
    expect(pointsOf(metric)).toMatchObject([{ exemplars: expected }])
  })
})

describe("OpenTelemetry's own serializer of metrics", () => {
  type Official = Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0]
  const hrTime = (ns: bigint) => [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)]

  /** As its SDK has them: DataPointType 0 histogram, 1 exponential, 2 gauge, 3 sum; temporality from 0. */
  function official({ name, description, unit, data }: Metric): object {
    const types = { histogram: 0, exponential_histogram: 1, gauge: 2, sum: 3, summary: 4 }
    const dataPoints = (data.points as readonly Point[]).map((point) => ({
      startTime: hrTime(point.startNs),
      endTime: hrTime(point.timeNs),
      attributes: point.attributes,
      value: valueOf(point as never),
    }))
    return {
      descriptor: { name, description, unit, type: '', valueType: 1 },
      dataPointType: types[data.type],
      aggregationTemporality: 'temporality' in data ? data.temporality - 1 : 1,
      isMonotonic: data.type === 'sum' && data.monotonic,
      dataPoints,
    }
  }

  function valueOf(point: Record<string, unknown>): unknown {
    if ('value' in point) return point['value']
    const { positive, negative } = point as Record<string, { offset: number; counts: number[] }>
    if (!positive || !negative) {
      return { ...point, buckets: { boundaries: point['bounds'], counts: point['counts'] } }
    }
    const rest = { positive: asOfficial(positive), negative: asOfficial(negative) }
    return { ...point, ...rest }
  }

  const asOfficial = ({ offset, counts }: { offset: number; counts: number[] }) => ({
    offset,
    bucketCounts: counts,
  })

  it('writes what is read the same', () => {
    const extremes = { min: 0.05, max: 5 }
    const metrics = [
      gauge('g', [numberPoint(0.5, { a: 'x' })], { unit: 's' }),
      counter('c', [numberPoint(1.5, { b: 1 }), numberPoint(2.5, { b: 2 })], { description: 'C' }),
      counter('u', [numberPoint(-0.5)], { monotonic: false, temporality: 1 }),
      histogram('h', [histogramPoint(extremes)]),
      exponentialHistogram('e', [
        exponentialPoint({ ...extremes, count: 5, negative: { offset: -2, counts: [1] } }),
      ]),
    ]
    const resourceMetrics = {
      resource: { attributes: RESOURCE },
      scopeMetrics: [{ scope: SCOPE, metrics: metrics.map(official) }],
    } as unknown as Official
    const theirs = ProtobufMetricsSerializer.serializeRequest(resourceMetrics)
    const request = decodeMetrics(theirs as Uint8Array)
    expect(points(request)).toEqual(decoded(metricsOf(metrics)))
  })
})
