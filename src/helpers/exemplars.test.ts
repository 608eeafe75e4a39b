import { expect, it } from 'vitest'
import type { Exemplar } from '../pdata/metrics.ts'
import { Exemplars } from './exemplars.ts'

const exemplarOf = (value: number): Exemplar => ({
  timeNs: 0n,
  value,
  traceId: '',
  spanId: '',
  attributes: {},
})

/** Offers values as a histogram does; returns those whose ids were asked for. */
function offer(exemplars: Exemplars, values: readonly [bucket: number, value: number][]): number[] {
  return values.flatMap(([bucket, value]) => {
    if (!exemplars.wants(bucket)) return []
    exemplars.add(bucket, exemplarOf(value))
    return [value]
  })
}

it('wants one example of each bucket between two takings', () => {
  const exemplars = new Exemplars(5)
  const values: [number, number][] = [
    [0, 1],
    [0, 2],
    [3, 3],
    [0, 4],
    [3, 5],
  ]
  expect(offer(exemplars, values)).toEqual([1, 3])
  expect(exemplars.take().map(({ value }) => value)).toEqual([1, 3])
  expect(offer(exemplars, values.slice(3))).toEqual([4, 5])
})

it('keeps the last ones of more buckets than it may have examples', () => {
  const exemplars = new Exemplars(2)
  offer(exemplars, [
    [0, 1],
    [1, 2],
    [2, 3],
  ])
  expect(exemplars.take().map(({ value }) => value)).toEqual([3, 2])
  expect(exemplars.take()).toEqual([])
})

it('wants none where none are kept', () => {
  expect(new Exemplars(0).wants(0)).toBe(false)
})
