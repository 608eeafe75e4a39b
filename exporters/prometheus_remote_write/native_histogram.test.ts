import { describe, expect, it } from 'vitest'
import type { ExponentialBuckets } from '../../src/pdata/metrics.ts'
import { exponentialPoint } from '../../src/pdata/metrics_for_tests.ts'
import { nativeOf } from './native_histogram.ts'
import { boundText } from './translate.ts'

const times = { stale: false, timeMs: 1, startMs: 0 }

function native(positive: ExponentialBuckets, scale = 0) {
  const histogram = nativeOf(exponentialPoint({ positive, scale }), times)
  if (typeof histogram === 'string') throw new Error(histogram)
  return { schema: histogram.schema, ...histogram.positive }
}

describe('a native histogram', () => {
  it.each<[string, ExponentialBuckets, object]>([
    ['nothing', { offset: 3, counts: [] }, { spans: [], deltas: [] }],
    ['only empty buckets', { offset: 3, counts: [0, 0] }, { spans: [], deltas: [] }],
    [
      'a short gap, which it fills',
      { offset: -3, counts: [1, 0, 0, 2] },
      { spans: [{ offset: -2, length: 4 }], deltas: [1, -1, 0, 2] },
    ],
    [
      'a long gap, which it leaves out',
      { offset: 0, counts: [0, 5, 0, 0, 0, 7, 0] },
      {
        spans: [
          { offset: 2, length: 1 },
          { offset: 3, length: 1 },
        ],
        deltas: [5, 2],
      },
    ],
  ])('has of %s', (_, buckets, expected) => {
    expect(native(buckets)).toEqual({ schema: 0, ...expected })
  })

  it.each([
    [9, { offset: -3, counts: [1, 2, 3, 4] }, [{ offset: -1, length: 3 }], [1, 4, -1]],
    [20, { offset: 0, counts: [1, 2, 3, 4] }, [{ offset: 1, length: 1 }], [10]],
  ])(
    'puts the buckets of scale %i together to those of scale 8',
    (scale, buckets, spans, deltas) => {
      expect(native(buckets, scale)).toEqual({ schema: 8, spans, deltas })
    },
  )

  it('keeps a zero threshold that is given', () => {
    expect(nativeOf(exponentialPoint({ zeroThreshold: 0.5 }), times)).toMatchObject({
      zeroThreshold: 0.5,
      zeroCount: 1,
    })
  })
})

describe('the text of a bound', () => {
  it.each([
    [1, '1'],
    [0.005, '0.005'],
    [1e-7, '0.0000001'],
    [1.5e-7, '0.00000015'],
    [-2.5e-9, '-0.0000000025'],
    [1e21, '1000000000000000000000'],
    [1.25e22, '12500000000000000000000'],
    [Infinity, '+Inf'],
  ])('of %d is %s', (bound, text) => {
    expect(boundText(bound)).toBe(text)
  })
})
