import { expect, it } from 'vitest'
import { dropReasons, reasonsOfNoDrops } from './drop_reasons.ts'

it('calls reasons as the kernel does, without its prefix', () => {
  const nameOf = dropReasons({
    SKB_NOT_DROPPED_YET: 0,
    SKB_DROP_REASON_NOT_SPECIFIED: 2,
    SKB_DROP_REASON_NETFILTER_DROP: 8,
  })
  expect([0, 8, 65_537].map(nameOf)).toEqual(['NOT_DROPPED_YET', 'NETFILTER_DROP', '65537'])
})

it('knows no reason where the kernel has none', () => {
  expect(dropReasons(undefined)(0)).toBe('unknown')
})

it('has the numbers of reasons that are none, as far as the kernel has them', () => {
  const values = { SKB_DROP_REASON_NOT_SPECIFIED: 2 }
  expect(reasonsOfNoDrops(undefined)).toEqual({ no_reason: 0, queue_purge: 0 })
  expect(reasonsOfNoDrops(values)).toEqual({ no_reason: 2, queue_purge: 2 })
  const newer = { ...values, SKB_DROP_REASON_QUEUE_PURGE: 68 }
  expect(reasonsOfNoDrops(newer)).toEqual({ no_reason: 2, queue_purge: 68 })
})
