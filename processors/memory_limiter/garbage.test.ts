import { expect, it } from 'vitest'
import { memoryLimiterConfig } from './config.ts'
import { GarbageSchedule, type Pressure } from './garbage.ts'

function scheduleOf(options: object = {}): GarbageSchedule {
  const least = { check_interval: '1s', limit_mib: 100 }
  return new GarbageSchedule(memoryLimiterConfig.parse({ ...least, ...options }))
}

/** The seconds of the first `count` collections, each of which does not help. */
function times(schedule: GarbageSchedule, pressure: Pressure, count: number): number[] {
  const found: number[] = []
  for (let second = 0; found.length < count; second++) {
    if (!schedule.isDue(pressure, second * 1_000)) continue
    schedule.done(pressure, second * 1_000, false)
    found.push(second)
  }
  return found
}

it('leaves twice the time each time that collecting does not help, up to its bound', () => {
  expect(times(scheduleOf(), 'hard', 8)).toEqual([0, 1, 3, 7, 15, 31, 61, 91])
  expect(times(scheduleOf(), 'soft', 5)).toEqual([0, 10, 30, 60, 90])
})

it('collects at each look where it shall not wait longer', () => {
  expect(times(scheduleOf({ max_gc_interval_when_hard_limited: '0s' }), 'hard', 4)).toEqual([
    0, 1, 2, 3,
  ])
})

it('begins anew when collecting has helped, and when the memory fell by itself', () => {
  const schedule = scheduleOf()
  times(schedule, 'hard', 5)
  schedule.done('hard', 15_000, true)
  expect(schedule.isDue('hard', 15_100)).toBe(true)
  expect(schedule.isDue('soft', 16_000)).toBe(false)
  schedule.done('hard', 16_000, false)
  schedule.done('hard', 20_000, false)
  expect(schedule.isDue('hard', 21_500)).toBe(false)
  schedule.calm()
  expect(schedule.isDue('hard', 21_500)).toBe(true)
})
