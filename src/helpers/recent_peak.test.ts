import { expect, it } from 'vitest'
import { FakeClock } from './fixtures.ts'
import { RecentPeak } from './recent_peak.ts'

it('has the highest value of the last window, and forgets it within two', async () => {
  const clock = new FakeClock()
  const peak = new RecentPeak(1_000, clock)
  expect(peak.value).toBe(0)
  peak.note(7)
  peak.note(3)
  expect(peak.value).toBe(7)
  await clock.advance(1_000)
  peak.note(2)
  expect(peak.value).toBe(7)
  await clock.advance(1_000)
  expect(peak.value).toBe(2)
})

it('remembers nothing of a time before a pause of two windows', async () => {
  const clock = new FakeClock()
  const peak = new RecentPeak(1_000, clock)
  peak.note(7)
  await clock.advance(2_000)
  expect(peak.value).toBe(0)
})
