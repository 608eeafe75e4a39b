import { expect, it } from 'vitest'
import { ACCEPTED } from '../pdata/delivery.ts'
import type { Outcome } from '../pdata/delivery.ts'
import { ComponentCounters } from '../telemetry/counters.ts'
import { countedDelivery, madeDelivery } from './counted_delivery.ts'

it('counts what comes back accepted as out, and what is refused as dropped with the reason', () => {
  const counters = new ComponentCounters('receiver/x')
  const told: Outcome[] = []
  const full: Outcome = { kind: 'refused', reason: 'queue_full' }
  const bad: Outcome = { kind: 'rejected', reason: 'too_large' }
  for (const [items, outcome] of [
    [3, ACCEPTED],
    [2, full],
    [4, bad],
  ] as const) {
    countedDelivery(counters, items, (one) => void told.push(one)).settle(outcome)
  }
  expect(counters.out).toBe(3)
  expect([...counters.dropped]).toEqual([
    ['queue_full', 2],
    ['too_large', 4],
  ])
  expect(counters.refused).toEqual(counters.dropped)
  expect(told).toEqual([ACCEPTED, full, bad])
})

it('counts a batch of several holders once, when the last has settled', () => {
  const counters = new ComponentCounters('receiver/x')
  const delivery = countedDelivery(counters, 5)
  delivery.hold(1)
  delivery.settle(ACCEPTED)
  expect(counters.out).toBe(0)
  delivery.settle(ACCEPTED)
  expect(counters.out).toBe(5)
})

it('counts of what was made only what is not taken, as refused', () => {
  const counters = new ComponentCounters('connector/x')
  madeDelivery(counters, 3).settle(ACCEPTED)
  madeDelivery(counters, 2).settle({ kind: 'refused', reason: 'queue_full' })
  expect([counters.out, counters.dropped.size]).toEqual([0, 0])
  expect([...counters.refused]).toEqual([['queue_full', 2]])
})
