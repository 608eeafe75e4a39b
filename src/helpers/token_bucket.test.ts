import { expect, it } from 'vitest'
import { TokenBucket } from './token_bucket.ts'

it('grants what one second has at once, and then what time brings', () => {
  let now = 5_000
  const bucket = new TokenBucket(10, { now: () => now })
  expect([bucket.take(7), bucket.take(7), bucket.take(1)]).toEqual([7, 3, 0])
  now += 250
  expect([bucket.take(5), bucket.take(5)]).toEqual([2, 0])
  now += 50
  expect(bucket.take(5)).toBe(1)
})

it('never saves more than one second has', () => {
  let now = 0
  const bucket = new TokenBucket(10, { now: () => now })
  now += 60_000
  expect(bucket.take(100)).toBe(10)
})

it('grants the rate over a long time, however often it is asked', () => {
  let now = 0
  const bucket = new TokenBucket(7, { now: () => now })
  let granted = 0
  for (let i = 0; i < 100_000; i++, now += 1) granted += bucket.take(1)
  expect(granted).toBeGreaterThanOrEqual(706)
  expect(granted).toBeLessThanOrEqual(707)
})

it('saves as many as it is told, and grants all or none', () => {
  let now = 0
  const bucket = new TokenBucket(10, { now: () => now }, 20)
  expect([15, 6, 5, 1].map((wanted) => bucket.takeAll(wanted))).toEqual([true, false, true, false])
  now += 60_000
  expect([21, 20].map((wanted) => bucket.takeAll(wanted))).toEqual([false, true])
})
