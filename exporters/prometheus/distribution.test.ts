import { describe, expect, it } from 'vitest'
import { exponentialPoint, histogramPoint } from '../../src/pdata/metrics_for_tests.ts'
import type { ExponentialHistogramPoint } from '../../src/pdata/metrics.ts'
import { asExplicit, merged } from './distribution.ts'
import { explicitOf } from './explicit.ts'
import { exponentialOf } from './exponential.ts'

const explicit = (bounds: number[], counts: number[], sum = 0) =>
  explicitOf(histogramPoint({ bounds, counts, sum, count: total(counts) }))

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

const exponential = (given: Partial<ExponentialHistogramPoint>) =>
  exponentialOf(exponentialPoint({ zeroCount: 0, positive: none, negative: none, ...given }))
const none = { offset: 0, counts: [] }

/** `[bound, count up to it]` of each bucket, as Prometheus shows them. */
function buckets(from: Parameters<typeof asExplicit>[0]): [number, number][] {
  const { bounds, counts } = asExplicit(from)
  let below = 0
  return counts.map((count, i) => [bounds[i] ?? Infinity, (below += count)])
}

describe('an explicit histogram', () => {
  it('does not share its counts with the data point', () => {
    const point = histogramPoint()
    const kept = explicitOf(point)
    ;(point.counts as number[])[0] = 99
    expect(kept.counts).toEqual([1, 2, 1])
  })

  it('has no bound of infinity', () => {
    expect(explicit([1, Infinity], [2, 3, 0])).toMatchObject({ bounds: [1], counts: [2, 3] })
    expect(explicit([1, Infinity], [2, 3])).toMatchObject({ bounds: [1], counts: [2, 3] })
  })

  it('may have no buckets', () => {
    const none = explicitOf(histogramPoint({ bounds: [], counts: [] }))
    expect(none).toMatchObject({ bounds: [], counts: [], count: 4 })
    expect(merged(none, none)).toMatchObject({ bounds: [], counts: [0], count: 8, sum: 12.1 })
  })

  it('is added to another of the same bounds', () => {
    const both = merged(explicit([1, 2], [1, 2, 3], 5), explicit([1, 2], [10, 20, 30], 7))
    expect(both).toEqual({
      kind: 'explicit',
      count: 66,
      sum: 12,
      bounds: [1, 2],
      counts: [11, 22, 33],
    })
  })

  it('is added to another of other bounds at those that both have', () => {
    const both = merged(
      explicit([1, 2, 4], [1, 2, 3, 4]),
      explicit([0.5, 2, 3, 4], [1, 1, 1, 1, 1]),
    )
    expect(buckets(both)).toEqual([
      [2, 3 + 2],
      [4, 6 + 4],
      [Infinity, 15],
    ])
    expect(buckets(merged(explicit([1], [1, 2]), explicit([2], [3, 4])))).toEqual([[Infinity, 10]])
  })
})

describe('an exponential histogram', () => {
  it.each<[string, Partial<ExponentialHistogramPoint>, [number, number][]]>([
    [
      'has a bound at each power of two',
      { scale: 0, positive: { offset: -1, counts: [1, 0, 2] } },
      [
        [0.5, 0],
        [1, 1],
        [2, 1],
        [4, 3],
        [Infinity, 3],
      ],
    ],
    [
      'loses finer buckets, not their counts',
      { scale: 2, positive: { offset: -3, counts: [1, 1, 1, 1, 1, 1, 1, 1] } },
      [
        [0.5, 0],
        [1, 3],
        [2, 7],
        [4, 8],
        [Infinity, 8],
      ],
    ],
    [
      'keeps coarser buckets',
      { scale: -1, positive: { offset: 0, counts: [1, 1] } },
      [
        [1, 0],
        [4, 1],
        [16, 2],
        [Infinity, 2],
      ],
    ],
    [
      'counts zeros at their threshold',
      { zeroCount: 5, zeroThreshold: 0.001, positive: { offset: 0, counts: [1] } },
      [
        [0.001, 5],
        [1, 5],
        [2, 6],
        [Infinity, 6],
      ],
    ],
    [
      'has negative buckets in front',
      {
        zeroCount: 1,
        positive: { offset: 1, counts: [1] },
        negative: { offset: 0, counts: [3, 2] },
      },
      [
        [-2, 2],
        [-1, 5],
        [0, 6],
        [2, 6],
        [4, 7],
        [Infinity, 7],
      ],
    ],
    [
      'has no bound of infinity, nor two that are the same',
      { scale: 0, zeroCount: 1, positive: { offset: 1022, counts: [1, 1] } },
      [
        [0, 1],
        [2 ** 1022, 1],
        [2 ** 1023, 2],
        [Infinity, 3],
      ],
    ],
    [
      'has no second bound of zero, however small its values',
      { zeroCount: 1, positive: { offset: -1080, counts: [1, 1] } },
      [
        [0, 1],
        [5e-324, 3],
        [Infinity, 3],
      ],
    ],
    ['may be empty', {}, [[Infinity, 0]]],
  ])('%s', (_, given, expected) => {
    expect(buckets(exponential(given))).toEqual(expected)
  })

  it('is added to another at the coarser scale', () => {
    const a = exponential({ count: 2, sum: 3, scale: 3, positive: { offset: 0, counts: [1, 1] } })
    const b = exponential({
      count: 6,
      sum: 4,
      scale: -1,
      zeroCount: 1,
      zeroThreshold: 0.01,
      positive: { offset: 1, counts: [4] },
      negative: { offset: 0, counts: [1] },
    })
    for (const both of [merged(a, b), merged(b, a)]) {
      expect(both).toMatchObject({ count: 8, sum: 7, scale: -1, zeroCount: 1, zeroThreshold: 0.01 })
      expect(buckets(both)).toEqual([
        [-1, 1],
        [0.01, 2],
        [1, 2],
        [4, 4],
        [16, 8],
        [Infinity, 8],
      ])
    }
  })

  it('costs nothing where its buckets lie beyond all numbers', () => {
    const far = (offset: number) =>
      exponential({
        count: 2,
        positive: { offset, counts: [1] },
        negative: { offset, counts: [1] },
      })
    const both = merged(far(-(2 ** 31)), far(2 ** 31 - 1))
    const { bounds, counts } = asExplicit(both)
    expect(bounds.length).toBeLessThan(5_000)
    expect(total(counts)).toBe(4)
  })

  it('is added to an explicit one at the bounds that both have', () => {
    const a = exponential({ count: 3, positive: { offset: 0, counts: [1, 2] } })
    expect(buckets(merged(a, explicit([0.5, 2, 3], [1, 1, 1, 1])))).toEqual([
      [2, 3],
      [Infinity, 7],
    ])
  })
})
