import { describe, expect, it } from 'vitest'
import { type ClockReading, readClocks, WallClock } from './wall_clock.ts'

const SECOND = 1_000_000_000n
const WALL = 1_700_000_000_123_456_789n

/** A clock that is read at `state.now` and finds `state.offset`. */
function fakeClock() {
  const state = { now: 5n * SECOND, offset: WALL, readings: 0 }
  const read = (): ClockReading => {
    state.readings++
    return { monotonicNs: state.now, wallNs: state.now + state.offset }
  }
  const clock = new WallClock(read, () => state.now)
  clock.refresh()
  return { clock, state }
}

/** The two halves, put together. */
function halves(clock: WallClock): bigint {
  expect(clock.offsetLow).toBeGreaterThanOrEqual(0)
  expect(clock.offsetLow).toBeLessThan(2 ** 32)
  return (BigInt(clock.offsetHigh) << 32n) + BigInt(clock.offsetLow)
}

describe('the wall clock', () => {
  it('is measured when it is first asked for', () => {
    const { clock } = fakeClock()
    expect(clock.offset).toBe(WALL)
    expect(halves(clock)).toBe(WALL)
  })

  it('is measured again every ten seconds and not before', () => {
    const { clock, state } = fakeClock()
    state.now += 10n * SECOND - 1n
    clock.refresh()
    expect(state.readings).toBe(1)
    state.now += 1n
    clock.refresh()
    clock.refresh()
    expect(state.readings).toBe(2)
  })

  it.each([99_999n, -99_999n, 0n])('stays as it is over a noise of %i ns', (noise) => {
    const { clock, state } = fakeClock()
    state.offset += noise
    state.now += 10n * SECOND
    clock.refresh()
    expect(state.readings).toBe(2)
    expect(clock.offset).toBe(WALL)
  })

  it('does not drift with noise: each measure is compared with the offset in use', () => {
    const { clock, state } = fakeClock()
    for (let i = 0; i < 2; i++) {
      state.offset += 60_000n
      state.now += 10n * SECOND
      clock.refresh()
    }
    expect(clock.offset).toBe(WALL + 120_000n)
  })

  it.each([100_000n, -100_000n, 3600n * SECOND, -3600n * SECOND, -2n * WALL])(
    'follows a step of %i ns',
    (step) => {
      const { clock, state } = fakeClock()
      state.offset += step
      state.now += 10n * SECOND
      clock.refresh()
      expect(clock.offset).toBe(WALL + step)
      expect(halves(clock)).toBe(WALL + step)
    },
  )

  it('takes its first measure as it is, however small', () => {
    const clock = new WallClock(
      () => ({ monotonicNs: 0n, wallNs: 7n }),
      () => 0n,
    )
    clock.refresh()
    expect(clock.offset).toBe(7n)
  })
})

/** Reads clocks of which each look takes 100 ns, and after those in `late` a while more. */
function reading(late: Readonly<Record<number, number>>): bigint {
  let ns = 999_000
  let looks = 0
  const look = (): number => (ns += 100 + (late[++looks] ?? 0))
  const found = readClocks(
    () => Math.floor(look() / 1e6),
    () => BigInt(look()),
  )
  return found.wallNs - found.monotonicNs
}

describe('a reading of both clocks', () => {
  it('is taken when the millisecond changes', () => {
    expect(reading({})).toBeGreaterThanOrEqual(-300n)
    expect(reading({})).toBeLessThanOrEqual(0n)
  })

  it.each([8, 9, 10, 11])('is taken at the next change when look %i is interrupted', (look) => {
    const error = reading({ [look]: 3_400_000 })
    expect(error).toBeGreaterThanOrEqual(-300n)
    expect(error).toBeLessThanOrEqual(0n)
  })

  it('is taken as it is after five interruptions, and does not wait for ever', () => {
    const always = new Proxy<Record<number, number>>({}, { get: () => 700_000 })
    expect(reading(always)).toBeLessThan(0n)
  })

  it('agrees with the clocks of this machine', () => {
    const { monotonicNs, wallNs } = readClocks()
    const nowNs = BigInt(Date.now()) * 1_000_000n
    const error = wallNs + (process.hrtime.bigint() - monotonicNs) - nowNs
    expect(error).toBeGreaterThan(-1_000_000n)
    expect(error).toBeLessThan(50_000_000n)
  })
})
