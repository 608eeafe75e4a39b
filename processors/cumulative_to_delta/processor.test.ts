import { of, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { receivedBatch } from '../../src/pdata/attribute_batches_for_tests.ts'
import type { Attributes } from '../../src/pdata/attributes.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { Delivery, type Outcome } from '../../src/pdata/delivery.ts'
import {
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type MetricData,
  Metrics,
  type NumberPoint,
  type Point,
  TEMPORALITY,
  type Temporality,
} from '../../src/pdata/metrics.ts'
import { encodeBatch } from '../../src/pdata/otlp_encode.ts'
import { readRequest } from '../../src/pdata/otlp_request.ts'
import { ProtoWriter } from '../../src/pdata/proto_writer.ts'
import { Resource } from '../../src/pdata/resource.ts'
import { cumulativeToDeltaConfig } from './config.ts'
import { cumulativeToDelta } from './index.ts'
import { CumulativeToDeltaProcessor } from './processor.ts'

lifecycleTest(cumulativeToDelta)

/** When the processor began. */
const BEGAN = 1_000n

interface Running {
  /** Hands a batch in as it comes over the network; what comes out, undefined where nothing does. */
  readonly take: (metrics: Metric | Metrics, resource?: Attributes) => Metrics | undefined
  readonly clock: FakeClock
  readonly dropped: () => [string, number][]
  readonly outcomes: Outcome[]
}

function run(options: object = {}): Running {
  const settings = testSettings(cumulativeToDelta)
  const clock = new FakeClock()
  const config = cumulativeToDeltaConfig.parse(options)
  const processor = new CumulativeToDeltaProcessor(settings, config, clock, BEGAN)
  const outcomes: Outcome[] = []
  return {
    clock,
    outcomes,
    dropped: () => [...settings.counters.dropped],
    take: (given, resource = {}) => {
      const delivery = new Delivery((outcome) => outcomes.push(outcome))
      const batch = given instanceof Metrics ? given : received(given, resource, delivery)
      let out: Batch[] = []
      of<Batch>(batch)
        .pipe(processor.operator, toArray())
        .subscribe((batches) => (out = batches))
      return out[0] as Metrics | undefined
    },
  }
}

function received(metric: Metric, resource: Attributes, delivery: Delivery): Metrics {
  const scope = { name: 'test', version: '1' }
  const group = { resource: new Resource(resource), scope, metrics: [metric] }
  const out = new ProtoWriter()
  encodeBatch(new Metrics([group], delivery), out)
  return readRequest('metrics', out.toBytes(), delivery)
}

function metricOf(data: MetricData, name = 'm'): Metric {
  return { name, description: 'd', unit: 's', data }
}

type Value = Partial<NumberPoint> & Pick<NumberPoint, 'value'>

/** A cumulative sum with these points. */
function sum(
  points: readonly Value[],
  given: Partial<{ monotonic: boolean; temporality: Temporality; name: string }> = {},
): Metric {
  const { monotonic = true, temporality = TEMPORALITY.cumulative, name } = given
  const all = points.map((point) => ({ ...common, ...point }))
  return metricOf({ type: 'sum', points: all, temporality, monotonic }, name)
}

const common = { attributes: {}, startNs: 2_000n, timeNs: 3_000n, exemplars: [] }

/** What came out: value, start and time of each point, and that they are deltas. */
function valuesOf(out: Metrics | undefined): unknown[] {
  return pointsOf<NumberPoint>(out).map(({ value, isDouble, startNs, timeNs }) => {
    return isDouble ? [value, 'double', startNs, timeNs] : [value, startNs, timeNs]
  })
}

function pointsOf<P extends Point>(out: Metrics | undefined): readonly P[] {
  if (!out) return []
  const written = new ProtoWriter()
  encodeBatch(out, written)
  const { groups } = readRequest('metrics', written.toBytes(), new Delivery())
  const { data } = groups[0]!.metrics[0]!
  expect(data).toMatchObject({ temporality: TEMPORALITY.delta })
  return data.points as unknown as readonly P[]
}

describe('sums', () => {
  it('become what was added since the point before', () => {
    const { take, dropped } = run()
    expect(valuesOf(take(sum([{ value: 10 }])))).toEqual([[10, 2_000n, 3_000n]])
    expect(valuesOf(take(sum([{ value: 15, timeNs: 4_000n }])))).toEqual([[5, 3_000n, 4_000n]])
    expect(valuesOf(take(sum([{ value: 15, timeNs: 5_000n }])))).toEqual([[0, 4_000n, 5_000n]])
    expect(dropped()).toEqual([])
  })

  it('keep their type, and all digits', () => {
    const { take } = run()
    const double = (value: number, timeNs: bigint): Metric =>
      sum([{ value, isDouble: true, timeNs }])
    take(double(1, 3_000n))
    expect(valuesOf(take(double(3, 4_000n)))).toEqual([[2, 'double', 3_000n, 4_000n]])
    expect(valuesOf(take(double(4.5, 5_000n)))).toEqual([[1.5, 4_000n, 5_000n]])
    expect(valuesOf(take(double(6.5, 6_000n)))).toEqual([[2, 'double', 5_000n, 6_000n]])
    const other = run()
    other.take(sum([{ value: 2n ** 60n + 1n }]))
    const out = other.take(sum([{ value: 2n ** 62n + 2n, timeNs: 4_000n }]))
    expect(valuesOf(out)).toEqual([[2n ** 62n - 2n ** 60n + 1n, 3_000n, 4_000n]])
  })

  it('are told apart by resource, name and attributes, whatever their order', () => {
    const { take } = run({ initial_value: 'drop' })
    const point = (value: number, attributes: Attributes): Metric => sum([{ value, attributes }])
    take(point(1, { a: 'x', b: { c: 1, d: 2 } }))
    expect(take(point(5, { a: 'y', b: { c: 1, d: 2 } }))).toBeUndefined()
    expect(take(point(5, { a: 'x', b: { c: 1, d: 3 } }))).toBeUndefined()
    expect(take(point(5, {}))).toBeUndefined()
    expect(take(point(5, { a: 'x', b: { c: 1, d: 2 } }), { host: 'h' })).toBeUndefined()
    expect(take(sum([{ value: 5 }], { name: 'other' }))).toBeUndefined()
    const same = take(point(4, { b: { d: 2, c: 1 }, a: 'x' }))
    expect(valuesOf(same)).toEqual([[3, 3_000n, 3_000n]])
  })

  it('that begin anew lose the first point, counted', () => {
    const { take, dropped, outcomes } = run()
    take(sum([{ value: 10 }]))
    expect(take(sum([{ value: 4, timeNs: 4_000n }]))).toBeUndefined()
    expect(dropped()).toEqual([['reset', 1]])
    expect(outcomes).toEqual([{ kind: 'accepted' }])
    expect(valuesOf(take(sum([{ value: 6, timeNs: 5_000n }])))).toEqual([[2, 4_000n, 5_000n]])
  })

  it('that come late are dropped, and change nothing', () => {
    const { take, dropped } = run()
    take(sum([{ value: 10, timeNs: 5_000n }]))
    expect(take(sum([{ value: 8, timeNs: 4_000n }]))).toBeUndefined()
    expect(dropped()).toEqual([['out_of_order', 1]])
    expect(valuesOf(take(sum([{ value: 12, timeNs: 6_000n }])))).toEqual([[2, 5_000n, 6_000n]])
  })

  it('that say that there is no value are dropped, and not a number is handed on', () => {
    const { take, dropped } = run({ initial_value: 'keep' })
    expect(take(sum([{ value: 0, flags: 1 }]))).toBeUndefined()
    expect(dropped()).toEqual([['no_value', 1]])
    expect(valuesOf(take(sum([{ value: Number.NaN }])))).toEqual([[Number.NaN, 2_000n, 3_000n]])
    expect(valuesOf(take(sum([{ value: 3 }])))).toEqual([[3, 2_000n, 3_000n]])
  })

  it('that are no monotonic cumulative ones pass as they are', () => {
    const { take } = run()
    for (const given of [
      sum([{ value: 1 }], { monotonic: false }),
      sum([{ value: 1 }], { temporality: TEMPORALITY.delta }),
      sum([{ value: 1 }], { temporality: TEMPORALITY.unspecified }),
      metricOf({ type: 'gauge', points: [{ ...common, value: 1 }] }),
    ]) {
      const batch = received(given, {}, new Delivery())
      expect(take(batch)).toBe(batch)
    }
  })
})

describe('the first point of a series', () => {
  const first = (initial_value: string, point: Partial<NumberPoint>): [unknown[], unknown] => {
    const { take, dropped } = run({ initial_value })
    return [valuesOf(take(sum([{ value: 7, ...point }]))), dropped()]
  }
  const KEPT = [7, 2_000n, 3_000n]

  it('is kept with auto where the series began after the processor', () => {
    expect(first('auto', {})).toEqual([[KEPT], []])
    expect(first('auto', { startNs: BEGAN - 1n })).toEqual([[], [['initial', 1]]])
    expect(first('auto', { startNs: 0n })).toEqual([[], [['initial', 1]]])
    expect(first('auto', { startNs: 3_000n })).toEqual([[], [['initial', 1]]])
  })

  it('is always kept, or always dropped', () => {
    expect(first('keep', { startNs: 1n })).toEqual([[[7, 1n, 3_000n]], []])
    expect(first('drop', {})).toEqual([[], [['initial', 1]]])
  })
})

describe('histograms', () => {
  const histogram = (point: Partial<HistogramPoint>): Metric =>
    metricOf({
      type: 'histogram',
      temporality: TEMPORALITY.cumulative,
      points: [{ ...common, count: 0, bounds: [1, 2], counts: [0, 0, 0], ...point }],
    })

  it('become what was added, without the extremes of all time', () => {
    const { take } = run()
    take(histogram({ count: 3, sum: 4, counts: [1, 1, 1], min: 0.5, max: 9 }))
    const [point] = pointsOf<HistogramPoint>(
      take(histogram({ count: 6, sum: 9, counts: [1, 3, 2], min: 0.5, max: 9, timeNs: 4_000n })),
    )
    expect(point).toEqual({
      ...common,
      startNs: 3_000n,
      timeNs: 4_000n,
      count: 3,
      sum: 5,
      bounds: [1, 2],
      counts: [0, 2, 1],
    })
  })

  it('that begin anew are what they say', () => {
    const { take, dropped } = run()
    take(histogram({ count: 3, sum: 4, counts: [1, 1, 1] }))
    const next = { count: 2, sum: 3, counts: [1, 1, 0], max: 2, timeNs: 4_000n }
    const [point] = pointsOf<HistogramPoint>(take(histogram(next)))
    expect(point).toEqual({ ...common, startNs: 3_000n, bounds: [1, 2], ...next })
    expect(dropped()).toEqual([])
  })

  it('with other buckets than before are dropped once', () => {
    const { take, dropped } = run()
    take(histogram({ count: 1, counts: [1, 0, 0] }))
    const other = { bounds: [1, 3], timeNs: 4_000n }
    expect(take(histogram({ count: 2, counts: [2, 0, 0], ...other }))).toBeUndefined()
    expect(dropped()).toEqual([['bucket_mismatch', 1]])
    const out = take(histogram({ count: 5, counts: [3, 2, 0], bounds: [1, 3], timeNs: 5_000n }))
    expect(pointsOf<HistogramPoint>(out)[0]!.counts).toEqual([1, 2, 0])
  })
})

describe('exponential histograms', () => {
  const exponential = (point: Partial<ExponentialHistogramPoint>): Metric =>
    metricOf({
      type: 'exponential_histogram',
      temporality: TEMPORALITY.cumulative,
      points: [
        {
          ...common,
          count: 0,
          scale: 0,
          zeroCount: 0,
          zeroThreshold: 0,
          positive: { offset: 0, counts: [] },
          negative: { offset: 0, counts: [] },
          ...point,
        },
      ],
    })
  const after = (
    before: Partial<ExponentialHistogramPoint>,
    point: Partial<ExponentialHistogramPoint>,
  ): [Partial<ExponentialHistogramPoint> | undefined, unknown] => {
    const { take, dropped } = run()
    take(exponential(before))
    const [delta] = pointsOf<ExponentialHistogramPoint>(
      take(exponential({ ...point, timeNs: 4_000n })),
    )
    if (!delta) return [undefined, dropped()]
    const { count, sum: total, zeroCount, positive, negative } = delta
    return [
      { count, ...(total !== undefined && { sum: total }), zeroCount, positive, negative },
      dropped(),
    ]
  }
  const NONE = { offset: 0, counts: [] }

  it('become what was added, bucket by bucket', () => {
    const before = { count: 4, sum: 9, zeroCount: 1, positive: { offset: 1, counts: [2, 1] } }
    const point = { count: 9, sum: 30, zeroCount: 2, positive: { offset: 0, counts: [1, 2, 3, 1] } }
    expect(after(before, point)).toEqual([
      {
        count: 5,
        sum: 21,
        zeroCount: 1,
        positive: { offset: 0, counts: [1, 0, 2, 1] },
        negative: NONE,
      },
      [],
    ])
  })

  it('may have merged their buckets since', () => {
    const before = { count: 6, scale: 1, negative: { offset: -3, counts: [1, 2, 1, 2] } }
    const point = { count: 10, scale: 0, negative: { offset: -2, counts: [3, 3, 4] } }
    // -3 belongs to -2; -2 and -1 to -1; 0 to 0.
    expect(after(before, point)[0]!.negative).toEqual({ offset: -2, counts: [2, 0, 2] })
  })

  it('may have a larger zero bucket since', () => {
    const before = { count: 6, zeroCount: 1, positive: { offset: -2, counts: [2, 1, 2] } }
    const grown = { zeroThreshold: 0.5, positive: { offset: -1, counts: [1, 3] } }
    expect(after(before, { count: 8, zeroCount: 4, ...grown })[0]).toMatchObject({
      count: 2,
      zeroCount: 1,
      positive: { offset: -1, counts: [0, 1] },
    })
  })

  it.each([
    { count: 3 },
    { count: 6, scale: 2 },
    { count: 6, zeroThreshold: 0.1 },
    { count: 6, positive: { offset: 0, counts: [1, 9] } },
    { count: 6, positive: { offset: 1, counts: [9] } },
    { count: 6, zeroCount: 1, zeroThreshold: 0.2, positive: { offset: 0, counts: [4] } },
  ])('that begin anew are dropped: %j', (point) => {
    const before = {
      count: 5,
      scale: 1,
      zeroCount: 3,
      zeroThreshold: 0.2,
      positive: { offset: 0, counts: [2] },
    }
    const next = { scale: 1, zeroCount: 3, zeroThreshold: 0.2, ...point }
    expect(after(before, next)).toEqual([undefined, [['reset', 1]]])
  })
})

describe('what is remembered', () => {
  it('is forgotten when it is stale', async () => {
    const { take, clock, dropped } = run({ max_staleness: '1m', initial_value: 'drop' })
    take(sum([{ value: 1 }]))
    await clock.advance(60_000)
    expect(valuesOf(take(sum([{ value: 3, timeNs: 4_000n }])))).toEqual([[2, 3_000n, 4_000n]])
    await clock.advance(60_001)
    expect(take(sum([{ value: 9, timeNs: 5_000n }]))).toBeUndefined()
    expect(dropped()).toEqual([['initial', 2]])
  })

  it('has a limit, beyond which points are dropped and counted', async () => {
    const { take, dropped, clock } = run({ max_streams: 2, max_staleness: '1m' })
    const points = (value: number): Metric =>
      sum(
        ['a', 'b', 'c'].map((k) => ({ value, attributes: { k }, timeNs: 3_000n + BigInt(value) })),
      )
    expect(valuesOf(take(points(1))).length).toBe(2)
    expect(valuesOf(take(points(3))).map((point) => (point as unknown[])[0])).toEqual([2, 2])
    expect(dropped()).toEqual([['too_many_streams', 2]])
    await clock.advance(120_000)
    const other = sum([{ value: 1, attributes: { k: 'c' }, timeNs: 9_000n }])
    expect(valuesOf(take(other))).toEqual([[1, 2_000n, 9_000n]])
  })

  it('is that of the chosen metrics only', () => {
    const include = { metrics: ['^req', 'bytes$'], match_type: 'regexp' }
    const exclude = { metrics: ['req.internal'], match_type: 'strict' }
    const { take } = run({ include, exclude, initial_value: 'drop' })
    const passes = (name: string): boolean => take(sum([{ value: 1 }], { name })) !== undefined
    expect(['req.count', 'rx.bytes', 'other', 'req.internal'].filter(passes)).toEqual([
      'other',
      'req.internal',
    ])
  })
})

describe('batches', () => {
  it('keep what is not converted, in its place', () => {
    const { take } = run({ initial_value: 'drop' })
    const items = [
      { name: 'a', type: 'gauge' as const },
      { name: 'b', type: 'sum' as const, isMonotonic: true, aggregationTemporality: 2 },
      { name: 'c', type: 'summary' as const },
    ]
    const batch = receivedBatch('metrics', [{ items }]) as Metrics
    const out = take(batch)!
    expect(out.groups[0]!.metrics.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(out.delivery).toBe(batch.delivery)
    expect(batch.groups[0]!.metrics.length).toBe(3)
  })
})
