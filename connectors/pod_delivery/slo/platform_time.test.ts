import { describe, expect, it } from 'vitest'
import { splitTime } from './platform_time.ts'
import type { OwnedTime } from './platform_time.ts'

const S = 1000

function platform(from: number, to?: number): OwnedTime {
  return { owner: 'platform', startMs: from * S, endMs: to === undefined ? undefined : to * S }
}

function user(from: number, to?: number): OwnedTime {
  return { ...platform(from, to), owner: 'user' }
}

describe('splitTime', () => {
  it.each([
    ['the user is on his own', [platform(0, 10), user(20, 50)], 60, 30],
    ['the platform covers the beginning of the user', [platform(0, 40), user(20, 50)], 60, 50],
    ['the platform is within the user', [platform(0, 5), platform(25, 30), user(20, 50)], 60, 35],
    ['there are users only, one over the other', [user(10, 30), user(20, 40)], 50, 10],
    ['the user has not ended', [user(20), platform(0, 10)], 60, 20],
    ['there is nothing', [], 60, 0],
  ])('[3.12] gives the platform its time where %s', (_, stages, now, expected) => {
    expect(splitTime(stages, now * S).platformMs).toBe(expected * S)
  })
})
