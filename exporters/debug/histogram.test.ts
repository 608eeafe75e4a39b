import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

/** A generator of numbers from 0 to 1 that gives the same ones each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.add(value)
  return histogram
}

/** The largest relative error of a quantile against the sorted values. */
function worstError(values: readonly number[]): number {
  const histogram = filled(values)
  const ordered = values.toSorted((a, b) => a - b)
  const errors = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1].map((q) => {
    const truth = ordered[Math.max(1, Math.ceil(q * ordered.length)) - 1] as number
    return Math.abs(histogram.quantile(q) - truth) / truth
  })
  return Math.max(...errors)
}

describe('a histogram', () => {
  it('gives quantiles within 2 % of the sorted truth from microseconds to hours', () => {
    const random = randomFrom(7)
    const spread = Array.from({ length: 20_000 }, () => Math.floor(10 ** (2 + 11 * random())))
    const latencies = Array.from({ length: 20_000 }, () => 80_000 + Math.floor(4e6 * random() ** 8))
    expect(worstError(spread)).toBeLessThan(0.016)
    expect(worstError(latencies)).toBeLessThan(0.016)
  })

  it('is exact below 32 and within 1.6 % at each power of two', () => {
    for (let value = 1; value < 32; value++) expect(filled([value]).quantile(0.5)).toBe(value)
    for (let bits = 5; bits < 44; bits++) {
      for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
        expect(worstError([value])).toBeLessThan(1 / 64)
      }
    }
  })

  it('counts what is below one as zero and what is too large as the largest', () => {
    expect(filled([-5, 0, 0.9, Number.NaN]).quantile(1)).toBe(0)
    expect(filled([2 ** 60]).quantile(1) / 2 ** 44).toBeCloseTo(1, 1)
  })

  it('answers 0 when empty', () => {
    expect(new Histogram().quantile(0.5)).toBe(0)
  })

  it('merges as if all values had been added to one', () => {
    const merged = filled([1_000, 2_000])
    merged.merge(filled([3_000, 4_000_000]))
    const together = filled([1_000, 2_000, 3_000, 4_000_000])
    for (const q of [0, 0.5, 0.75, 1]) expect(merged.quantile(q)).toBe(together.quantile(q))
    expect(merged.total).toBe(4)
  })
})
