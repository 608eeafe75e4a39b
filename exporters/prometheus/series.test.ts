import { describe, expect, it } from 'vitest'
import { type Mode, type Sample, Series } from './series.ts'

const NUMBERS = {
  add: (a: number, b: number) => a + b,
  fell: (before: number, now: number) => now < before,
}

const at = (seconds: number) => 1_790_000_000_000_000_000n + BigInt(seconds) * 1_000_000_000n

/** A value of source `a`, taken at a second, counted since second 0. */
const sample = (value: number, second: number, given: Partial<Sample<number>> = {}) => ({
  source: 'a',
  value,
  timeNs: at(second),
  startNs: at(0),
  exemplars: [],
  ...given,
})

function seriesWith(mode: Mode, ...samples: Sample<number>[]): Series<number> {
  const series = new Series('', NUMBERS)
  for (const one of samples) series.add(one, mode, 0)
  return series
}

const fromB = { source: 'b' }

describe('a series of one source', () => {
  it.each<Mode>(['last', 'sum', 'counter'])('has its latest value (%s)', (mode) => {
    const series = seriesWith(mode, sample(5, 1), sample(7, 2))
    expect([series.value, series.timeNs]).toEqual([7, at(2)])
  })

  it('falls when the source began anew', () => {
    expect(seriesWith('counter', sample(5, 1), sample(2, 2, { startNs: at(2) })).value).toBe(2)
  })

  it('adds up what was added, and begins anew where that becomes a total', () => {
    const series = seriesWith('delta', sample(5, 1), sample(7, 2), sample(0, 3))
    expect(series.value).toBe(12)
    series.add(sample(100, 4), 'counter', 0)
    expect(series.value).toBe(100)
    series.add(sample(3, 5), 'delta', 0)
    series.add(sample(4, 6), 'delta', 0)
    expect(series.value).toBe(7)
  })

  it.each<Mode>(['last', 'sum', 'counter', 'delta'])('refuses what is not newer (%s)', (mode) => {
    const series = seriesWith(mode, sample(5, 2))
    expect(series.add(sample(6, 2), mode, 0)).toBe('duplicate')
    expect(series.add(sample(6, 1), mode, 0)).toBe('out_of_order')
    expect(series.value).toBe(5)
    expect(series.add(sample(6, 3, { timeNs: 0n }), mode, 0)).toBeUndefined()
  })
})

describe('a series of several sources', () => {
  it.each<[Mode, number]>([
    ['last', 20],
    ['sum', 27],
    ['counter', 27],
    ['delta', 32],
  ])('of mode %s has the value %i', (mode, value) => {
    expect(seriesWith(mode, sample(5, 1), sample(7, 2), sample(20, 3, fromB)).value).toBe(value)
  })

  it('refuses what is old for its own source only', () => {
    const series = seriesWith('counter', sample(5, 10))
    expect(series.add(sample(1, 2, fromB), 'counter', 0)).toBeUndefined()
    expect(series.add(sample(6, 10), 'counter', 0)).toBe('duplicate')
    expect([series.value, series.timeNs]).toEqual([6, at(10)])
  })

  it('never falls where it counts, though a source begins anew', () => {
    const series = seriesWith('counter', sample(5, 1), sample(20, 1, fromB))
    series.add(sample(3, 2, { startNs: at(2) }), 'counter', 0)
    expect(series.value).toBe(5 + 3 + 20)
    series.add(sample(1, 3, { startNs: at(2) }), 'counter', 0)
    expect(series.value).toBe(5 + 3 + 1 + 20)
    series.add(sample(4, 4, { startNs: at(2) }), 'counter', 0)
    expect(series.value).toBe(5 + 3 + 4 + 20)
  })

  it('knows that a source began anew by its start, however far it has come since', () => {
    const series = seriesWith('counter', sample(5, 1), sample(20, 1, fromB))
    series.add(sample(8, 2, { startNs: at(1) }), 'counter', 0)
    expect(series.value).toBe(5 + 8 + 20)
  })

  it('follows where it does not', () => {
    const series = seriesWith('sum', sample(5, 1), sample(20, 1, fromB))
    series.add(sample(3, 2, { startNs: at(2) }), 'sum', 0)
    expect(series.value).toBe(23)
  })

  it('has the exemplars of all', () => {
    const exemplar = { timeNs: 0n, value: 1, traceId: '', spanId: '', attributes: {} }
    const series = seriesWith('counter', sample(5, 1, { exemplars: [exemplar] }))
    expect(series.exemplars).toEqual([exemplar])
    series.add(sample(1, 1, { ...fromB, exemplars: [exemplar] }), 'counter', 0)
    expect(series.exemplars).toEqual([exemplar, exemplar])
  })
})

describe('a source that falls silent', () => {
  const cameAt = (mode: Mode, ...samples: [Sample<number>, number][]): Series<number> => {
    const series = new Series('', NUMBERS)
    for (const [one, ms] of samples) series.add(one, mode, ms)
    return series
  }

  it.each<[Mode, number]>([
    ['sum', 20],
    ['counter', 25],
    ['delta', 25],
  ])('counts on, or not (%s)', (mode, value) => {
    const series = cameAt(mode, [sample(5, 1), 100], [sample(20, 1, fromB), 200])
    expect(series.value).toBe(25)
    expect(series.expire(100)).toBe(false)
    expect(series.value).toBe(25)
    expect(series.expire(101)).toBe(false)
    expect(series.value).toBe(value)
    expect(series.expire(201)).toBe(true)
  })

  it('may go on where it was, or begin anew', () => {
    const series = cameAt('counter', [sample(5, 1), 100], [sample(20, 1, fromB), 200])
    series.expire(150)
    series.add(sample(6, 9), 'counter', 300)
    expect(series.value).toBe(6 + 20)
    series.expire(250)
    series.add(sample(1, 10, { ...fromB, startNs: at(10) }), 'counter', 400)
    expect(series.value).toBe(6 + 20 + 1)
  })

  it('costs nothing when there are many, and still counts', () => {
    const series = new Series<number>('', NUMBERS)
    for (let n = 0; n < 1_000; n++) series.add(sample(1, n, { source: `pod ${n}` }), 'counter', n)
    series.expire(999)
    expect(series.value).toBe(1_000)
    // The seventeenth from the end is no longer known, the sixteenth is.
    series.add(sample(2, 2_000, { source: 'pod 982' }), 'counter', 2_000)
    expect(series.value).toBe(1_002)
    series.add(sample(2, 2_000, { source: 'pod 983' }), 'counter', 2_000)
    expect(series.value).toBe(1_003)
  })
})
