import { describe, expect, it } from 'vitest'
import { FakeClock } from './fixtures.ts'
import { Backoff } from './retry.ts'
import { retryConfig } from './sending_config.ts'

function backoffOf(given: object = {}, random = () => 0.5) {
  const clock = new FakeClock()
  const backoff = new Backoff(retryConfig.parse(given), { random, clock })
  return { clock, next: (askedMs?: number) => backoff.next(askedMs) }
}

describe('Backoff', () => {
  it('waits 1.5 times longer each time, up to max_interval', () => {
    const { next } = backoffOf()
    const waits = Array.from({ length: 7 }, () => next())
    expect(waits).toEqual([5_000, 7_500, 11_250, 16_875, 25_312.5, 30_000, 30_000])
  })

  it('spreads a wait by randomization_factor in both directions', () => {
    expect(backoffOf({}, () => 0).next()).toBe(2_500)
    expect(backoffOf({}, () => 1).next()).toBe(7_500)
    expect(backoffOf({ randomization_factor: 0 }, () => 0).next()).toBe(5_000)
  })

  it('does not let the spread change the waits that follow', () => {
    const { next } = backoffOf({}, () => 1)
    expect([next(), next()]).toEqual([7_500, 11_250])
  })

  it('waits as long as the destination asks for, if that is longer', () => {
    const { next } = backoffOf()
    expect([next(9_000), next(1_000)]).toEqual([9_000, 7_500])
  })

  it('does not begin a wait that would end after max_elapsed_time', async () => {
    const { clock, next } = backoffOf({ max_elapsed_time: '40s' })
    await clock.advance(35_000)
    expect(next()).toBe(5_000)
    await clock.advance(1)
    expect(next()).toBeUndefined()
  })

  it('gives up when the destination asks for a wait beyond max_elapsed_time', () => {
    expect(backoffOf().next(300_001)).toBeUndefined()
  })

  it('goes on for ever with max_elapsed_time 0', async () => {
    const { clock, next } = backoffOf({ max_elapsed_time: '0s' })
    await clock.advance(10 * 24 * 3_600_000)
    expect(next()).toBe(5_000)
  })

  it('never waits when it is turned off', () => {
    expect(backoffOf({ enabled: false }).next()).toBeUndefined()
  })
})
