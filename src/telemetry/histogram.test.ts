import { expect, it } from 'vitest'
import { added, Histogram } from './histogram.ts'

it('counts each value in the first bucket whose bound it does not exceed', () => {
  const histogram = new Histogram([1, 10])
  expect(histogram.distribution).toBeUndefined()
  for (const value of [0, 1, 1.5, 10, 11]) histogram.add(value)
  expect(histogram.distribution).toEqual({
    count: 5,
    sum: 23.5,
    bounds: [1, 10],
    counts: [2, 2, 1],
  })
})

it('adds distributions over the same bounds', () => {
  const one = { count: 2, sum: 3, bounds: [1], counts: [1, 1] }
  const other = { count: 1, sum: 5, bounds: [1], counts: [0, 1] }
  expect(added(one, other)).toEqual({ count: 3, sum: 8, bounds: [1], counts: [1, 2] })
})
