import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { StatsFs } from 'node:fs'
import { SizeReader } from './sizes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks a filesystem that does not answer only once', async () => {
  const asked: string[] = []
  let answer = (_size: object): void => {}
  const reader = new SizeReader((path) => {
    asked.push(path)
    return new Promise<StatsFs>((resolve) => (answer = resolve as never))
  }, 1000)
  const first = reader.read('/nfs').catch(String)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await first).toBe('Error: /nfs did not answer within 1000 ms')
  await expect(reader.read('/nfs')).rejects.toThrow('/nfs has not answered since it was last asked')
  expect(asked).toEqual(['/nfs'])
  answer({ bsize: 1, blocks: 9, bfree: 4, bavail: 4, files: 0, ffree: 0 })
  await vi.advanceTimersByTimeAsync(0)
  const again = reader.read('/nfs')
  answer({ bsize: 1, blocks: 9, bfree: 4, bavail: 3, files: 2, ffree: 1 })
  expect(await again).toEqual({
    bytes: { used: 5, free: 3, reserved: 1 },
    inodes: { used: 1, free: 1 },
  })
  expect(asked).toEqual(['/nfs', '/nfs'])
})
