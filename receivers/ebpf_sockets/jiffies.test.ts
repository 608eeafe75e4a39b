import { expect, it } from 'vitest'
import { Jiffies } from './jiffies.ts'

/** What is found out after so many milliseconds on a kernel of so many ticks a second. */
function found(rate: number, ms: number, first = 0): number {
  let now = 5_000
  const read = (): number => (first + Math.floor(((now - 5_000) * rate) / 1000)) >>> 0
  const jiffies = new Jiffies(read, () => now)
  now += ms
  return jiffies.us
}

it.each([100, 250, 300, 1000])('finds out after a second that there are %i in one', (rate) => {
  expect(found(rate, 1000)).toBe(1e6 / rate)
  expect(found(rate, 3_600_000)).toBe(1e6 / rate)
})

it('reads over the end of what 32 bits can count', () => {
  expect(found(250, 2000, 0xffff_ff00)).toBe(4000)
})

it('has a guess before, and is not tied to it', () => {
  let [now, ticks] = [0, 0]
  const jiffies = new Jiffies(
    () => ticks,
    () => now,
  )
  ;[now, ticks] = [10, 3]
  expect(jiffies.us).toBe(1e6 / 300)
  ;[now, ticks] = [2000, 500]
  expect(jiffies.us).toBe(4000)
})
