import { describe, expect, it } from 'vitest'
import { settled } from './fixtures.ts'
import { Gate } from './gate.ts'

describe('Gate', () => {
  it('runs no more tasks at once than it may, in their order', async () => {
    const gate = new Gate(2)
    const ends: (() => void)[] = []
    const begun: number[] = []
    const task = (n: number) => () => {
      begun.push(n)
      return new Promise<void>((resolve) => ends.push(resolve))
    }
    const all = Promise.all([1, 2, 3, 4].map((n) => gate.run(task(n))))
    expect(begun).toEqual([1, 2])
    ends[1]?.()
    await settled()
    expect(begun).toEqual([1, 2, 3])
    ends[0]?.()
    await settled()
    ends.forEach((end) => end())
    await all
    expect(begun).toEqual([1, 2, 3, 4])
  })

  it('passes an error on and lets the next one in', async () => {
    const gate = new Gate(1)
    const failed = gate.run(() => Promise.reject(new Error('no')))
    const next = gate.run(() => Promise.resolve('yes'))
    await expect(failed).rejects.toThrow('no')
    await expect(next).resolves.toBe('yes')
  })
})
