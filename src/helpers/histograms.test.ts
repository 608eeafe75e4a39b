import { describe, expect, it } from 'vitest'
import { ExplicitBounds, ExplicitHistogram } from './explicit_histogram.ts'
import { ExponentialHistogram } from './exponential_histogram.ts'

describe('an explicit histogram', () => {
  it('counts a value in the first bucket whose bound is not below it', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([10, 20, 30]))
    expect([0, 10, 11, 20, 30, 31, 1000].map((value) => histogram.record(value))).toEqual([
      0, 0, 1, 1, 2, 3, 3,
    ])
    expect(histogram.values()).toEqual({
      count: 7,
      sum: 1102,
      min: 0,
      max: 1000,
      bounds: [10, 20, 30],
      counts: [2, 2, 1, 2],
    })
  })

  it('takes values of a finer unit than that of its bounds', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([0.005, 0.01], 1e9))
    for (const ns of [5_000_000, 5_000_001, 20_000_000]) histogram.record(ns)
    expect(histogram.values()).toEqual({
      count: 3,
      sum: 0.030000001,
      min: 0.005,
      max: 0.02,
      bounds: [0.005, 0.01],
      counts: [1, 1, 1],
    })
  })

  it('takes a bound for what it is, whatever its fraction', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([1.001], 1e9))
    expect([1_001_000_000, 1_001_000_001].map((ns) => histogram.record(ns))).toEqual([0, 1])
  })

  it('counts a value that stands for several so many times', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([10]))
    histogram.record(3, 4)
    histogram.record(20)
    expect(histogram.values()).toMatchObject({ count: 5, sum: 32, min: 3, max: 20, counts: [4, 1] })
  })

  it('counts values of which only the sum is known by their mean, and has no range then', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([10, 20]))
    histogram.record(15)
    histogram.recordMany(4, 40)
    histogram.recordMany(3, 33)
    expect(histogram.values()).toEqual({ count: 8, sum: 88, bounds: [10, 20], counts: [4, 4, 0] })
    histogram.reset()
    histogram.record(1)
    expect(histogram.values()).toMatchObject({ count: 1, min: 1, max: 1 })
  })

  it('hands out counts that do not change any more', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([10]))
    histogram.record(1)
    const { counts } = histogram.values()
    histogram.record(1)
    histogram.reset()
    expect(counts).toEqual([1, 0])
  })

  it('begins anew when it is reset', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([10]))
    histogram.record(1)
    histogram.reset()
    expect(histogram.count).toBe(0)
    histogram.record(50)
    expect(histogram.values()).toEqual({
      count: 1,
      sum: 50,
      min: 50,
      max: 50,
      bounds: [10],
      counts: [0, 1],
    })
  })

  it('has one bucket without bounds', () => {
    const histogram = new ExplicitHistogram(new ExplicitBounds([]))
    histogram.record(3)
    expect(histogram.values().counts).toEqual([1])
  })
})

/** The bounds of each bucket that counts something, and how many. */
function bucketsOf(
  histogram: ExponentialHistogram,
): [above: number, upTo: number, count: number][] {
  const { scale, positive } = histogram.values()
  const base = 2 ** (2 ** -scale)
  return positive.counts.flatMap((count, i) => {
    const index = positive.offset + i
    return count === 0 ? [] : [[base ** index, base ** (index + 1), count]]
  })
}

describe('an exponential histogram', () => {
  it('keeps each value between the bounds of its bucket, however many values come', () => {
    for (const values of [[1], [1, 1.0001], [0.001, 0.3, 7, 7.5, 100_000], [3e-9, 5e12]]) {
      const histogram = new ExponentialHistogram(20)
      for (const value of values) histogram.record(value)
      const buckets = bucketsOf(histogram)
      const slack = 1 + 1e-9
      for (const value of values) {
        const within = buckets.filter(
          ([above, upTo]) => value * slack > above && value <= upTo * slack,
        )
        expect(within.length, `${value} of ${values.join(', ')}`).toBeGreaterThan(0)
      }
      expect(buckets.reduce((sum, [, , count]) => sum + count, 0)).toBe(values.length)
      expect(histogram.values().positive.counts.length).toBeLessThanOrEqual(20)
    }
  })

  it('puts a power of the base into the bucket that ends with it', () => {
    const histogram = new ExponentialHistogram(4)
    for (const value of [1, 2, 4, 8]) histogram.record(value)
    expect(histogram.values()).toEqual({
      count: 4,
      sum: 15,
      min: 1,
      max: 8,
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: { offset: -1, counts: [1, 1, 1, 1] },
      negative: { offset: 0, counts: [] },
    })
  })

  it('grows coarser, and joins what it has, when a value needs more buckets than there may be', () => {
    const histogram = new ExponentialHistogram(4)
    for (const value of [1, 2, 4, 8, 16]) histogram.record(value)
    const { scale, positive } = histogram.values()
    expect({ scale, positive }).toEqual({ scale: -1, positive: { offset: -1, counts: [1, 2, 2] } })
  })

  it('grows towards smaller values', () => {
    const histogram = new ExponentialHistogram(8)
    for (const value of [8, 4, 2, 1, 0.5]) histogram.record(value)
    const { scale, positive } = histogram.values()
    expect({ scale, positive }).toEqual({
      scale: 0,
      positive: { offset: -2, counts: [1, 1, 1, 1, 1] },
    })
  })

  it('counts a value that stands for several so many times', () => {
    const histogram = new ExponentialHistogram(4)
    histogram.record(2, 4)
    histogram.record(0, 2)
    expect(histogram.values()).toMatchObject({
      count: 6,
      sum: 8,
      zeroCount: 2,
      positive: { counts: [4] },
    })
  })

  it('counts values of which only the sum is known by their mean, and has no range then', () => {
    const histogram = new ExponentialHistogram(4)
    histogram.recordMany(4, 8)
    histogram.recordMany(2, 0)
    expect(histogram.values()).toMatchObject({
      count: 6,
      sum: 8,
      zeroCount: 2,
      positive: { offset: 2 ** 20 - 1, counts: [4] },
    })
    expect(histogram.values()).not.toHaveProperty('min')
    histogram.reset()
    histogram.record(1)
    expect(histogram.values()).toMatchObject({ count: 1, min: 1, max: 1 })
  })

  it('counts zeroes apart', () => {
    const histogram = new ExponentialHistogram(4)
    histogram.record(0)
    histogram.record(0)
    expect(histogram.values()).toMatchObject({
      count: 2,
      sum: 0,
      zeroCount: 2,
      positive: { offset: 0, counts: [] },
    })
  })

  it('takes values of a finer unit, and is as fine as at first when it is reset', () => {
    const histogram = new ExponentialHistogram(160, 1e9)
    histogram.record(1)
    histogram.record(3_600_000_000_000)
    expect(histogram.values()).toMatchObject({
      sum: 3600.000000001,
      min: 1e-9,
      max: 3600,
      scale: 1,
    })
    histogram.reset()
    histogram.record(2_000_000_000)
    expect(histogram.values()).toMatchObject({ count: 1, sum: 2, scale: 20 })
  })
})
