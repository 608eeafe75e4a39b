import { describe, expect, it } from 'vitest'
import { seeded } from '../diagnosis/random_for_tests.ts'
import { splitTime } from './platform_time.ts'
import type { HeldUp, OwnedTime } from './platform_time.ts'

const S = 1000

function platform(from: number, to?: number, type = ''): OwnedTime {
  const endMs = to === undefined ? undefined : to * S
  return { owner: 'platform', startMs: from * S, endMs, type, subject: '' }
}

function user(from: number, to?: number): OwnedTime {
  return { ...platform(from, to), owner: 'user' }
}

function held(from: number, to: number, type: string): HeldUp {
  return { interval: [from * S, to * S], holds: (stage) => stage.type === type }
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

  it('[3.12] counts from when it is told, not from the first stage', () => {
    expect(splitTime([user(10, 20)], 30 * S, 0)).toEqual({
      totalMs: 30 * S,
      platformMs: 20 * S,
      userMs: 10 * S,
    })
  })

  it('[3.13] gives the user the time in which a stage only fails on his mistake', () => {
    const pull = platform(10, 60, 'image_pull')
    expect(splitTime([pull], 70 * S, 0, [held(12, 50, 'image_pull')]).platformMs).toBe(32 * S)
    const both = [pull, platform(20, 30, 'volumes')]
    expect(splitTime(both, 70 * S, 0, [held(12, 50, 'image_pull')]).platformMs).toBe(42 * S)
  })

  it('counts nothing for a stage that ends before it begins', () => {
    const skewed = [user(20.002, 20), user(30, 40), platform(35.003, 35.001)]
    expect(splitTime(skewed, 60 * S, 0).userMs).toBe(10 * S)
  })

  it('[3.12] gives both together the whole, none less than nothing, in any order', () => {
    const random = seeded(7)
    for (let i = 0; i < 500; i++) {
      const stages = Array.from({ length: 1 + random(8) }, () => {
        const from = random(100)
        const to = random(4) === 0 ? undefined : from + random(60) - 10
        return random(2) === 0 ? user(from, to) : platform(from, to, random(2) ? 'a' : 'b')
      })
      const mistakes = random(2) === 0 ? [] : [held(random(100), random(150), 'a')]
      const from = random(50)
      const split = splitTime(stages, 120 * S, from * S, mistakes)
      expect(split.platformMs + split.userMs).toBeCloseTo(split.totalMs, 6)
      expect(split.totalMs).toBe((120 - from) * S)
      expect(Math.min(split.platformMs, split.userMs)).toBeGreaterThanOrEqual(0)
      expect(splitTime(stages.toReversed(), 120 * S, from * S, mistakes)).toEqual(split)
    }
  })

  it('[3.12] is hardly moved by clocks that differ by milliseconds', () => {
    const random = seeded(11)
    const shift = (): number => random(5) - 2
    for (let i = 0; i < 200; i++) {
      const stages = Array.from({ length: 6 }, () => {
        const from = random(100)
        return random(2) === 0 ? user(from, from + random(20)) : platform(from, from + random(20))
      })
      const moved = stages.map((stage) => {
        return { ...stage, startMs: stage.startMs + shift(), endMs: stage.endMs! + shift() }
      })
      const difference =
        splitTime(moved, 120 * S, 0).platformMs - splitTime(stages, 120 * S, 0).platformMs
      expect(Math.abs(difference)).toBeLessThanOrEqual(6 * 2 * 2)
    }
  })

  it('[3.13] never has more platform time for one more mistake of the user', () => {
    const random = seeded(13)
    for (let i = 0; i < 300; i++) {
      const stages = Array.from({ length: 5 }, () => platform(random(100), random(120), 'a'))
      const mistake = held(random(100), random(130), 'a')
      const without = splitTime(stages, 120 * S, 0).platformMs
      expect(splitTime(stages, 120 * S, 0, [mistake]).platformMs).toBeLessThanOrEqual(without)
    }
  })
})
