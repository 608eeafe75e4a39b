import { expect, it } from 'vitest'
import { FakeClock } from '../../src/helpers/fixtures.ts'
import { Completeness } from './completeness.ts'

it('is the share of the bytes that were read', () => {
  const completeness = new Completeness(new FakeClock())
  expect(completeness.ratio({ seen: 750, total: 1000 })).toBe(0.75)
  expect(completeness.ratio({ seen: 0, total: 1000 })).toBe(0)
})

it('is not known while no byte was counted', () => {
  expect(new Completeness(new FakeClock()).ratio({ seen: 0, total: 0 })).toBeUndefined()
})

it('is never more than all', () => {
  expect(new Completeness(new FakeClock()).ratio({ seen: 1100, total: 1000 })).toBe(1)
})

it('forgets what is longer ago than five minutes', async () => {
  const clock = new FakeClock()
  const completeness = new Completeness(clock)
  const totals = { seen: 0, total: 0 }
  const pass = async (seconds: number, seen: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      await clock.advance(1_000)
      totals.seen += seen
      totals.total += 100
      completeness.note(totals)
    }
  }
  await pass(300, 50)
  expect(completeness.ratio(totals)).toBe(0.5)
  await pass(150, 100)
  expect(completeness.ratio(totals)).toBeCloseTo(0.75, 1)
  await pass(180, 100)
  expect(completeness.ratio(totals)).toBe(1)
})

it('is not known any more when nothing has been carried for five minutes', async () => {
  const clock = new FakeClock()
  const completeness = new Completeness(clock)
  const totals = { seen: 9, total: 10 }
  for (let i = 0; i < 340; i++) {
    await clock.advance(1_000)
    completeness.note(totals)
  }
  expect(completeness.ratio(totals)).toBeUndefined()
})
