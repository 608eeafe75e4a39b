import { describe, expect, it } from 'vitest'
import { thresholdOf } from './threshold.ts'

describe('the threshold of a share', () => {
  // The table of the specification, "Converting floating-point probability to threshold value".
  it.each([
    [1, '0'],
    [2, '8'],
    [3, 'aaab'],
    [4, 'c'],
    [5, 'cccd'],
    [8, 'e'],
    [10, 'e666'],
    [16, 'f'],
    [100, 'fd70a'],
    [1000, 'ffbe77'],
    [10_000, 'fff9724'],
  ])('of one in %i is that of the specification, %s', (n, th) => {
    expect(thresholdOf(100 / n).th).toBe(th)
  })

  it('is what its text says', () => {
    for (const percentage of [100, 99.99, 50, 33.3, 10, 1, 0.1, 0.01, 0.001, 0.0001]) {
      const { value, th } = thresholdOf(percentage)
      expect(value).toBe(Number.parseInt(th.padEnd(7, '0'), 16))
      expect((1 - value / 2 ** 28) / (percentage / 100)).toBeCloseTo(1, 2)
    }
  })

  it('is above every randomness for nothing, and 0 for nearly everything', () => {
    expect(thresholdOf(0)).toEqual({ value: 2 ** 28, th: '' })
    expect(thresholdOf(99.9999)).toEqual({ value: 0, th: '0' })
  })
})
