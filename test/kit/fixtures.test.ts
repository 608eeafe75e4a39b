import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { atEnd, endAll } from './cleanup.ts'
import { cgroup2Root, cleansUp, eventually, kernelAtLeast, kernelHas, tempDir } from './fixtures.ts'

cleansUp()

it('tries again until what is expected comes true', async () => {
  let tries = 0
  const attempt = () => expect((tries += 1)).toBe(3)
  await eventually(attempt, { intervalMs: 1 })
  expect(tries).toBe(3)
})

it('says what was still wrong when it gave up', async () => {
  const attempt = () => Promise.reject(new Error('not there yet'))
  await expect(eventually(attempt, { timeoutMs: 20 })).rejects.toThrow(
    'still failing after 20 ms: not there yet',
  )
})

it('ends everything, latest first, even when one fails', async () => {
  const ended: string[] = []
  const dir = tempDir()
  atEnd('first', () => ended.push('first'))
  atEnd('broken', () => Promise.reject(new Error('stuck')))
  atEnd('last', () => ended.push('last'))
  await expect(endAll()).rejects.toThrow('not everything could be ended')
  expect(ended).toEqual(['last', 'first'])
  expect(existsSync(dir)).toBe(false)
})

it('compares kernel versions by number', () => {
  expect(kernelAtLeast(2, 99)).toBe(true)
  expect(kernelAtLeast(999, 0)).toBe(false)
})

it('knows a cgroup v2 root where it says there is one', () => {
  expect(kernelHas('cgroup2')).toBe(cgroup2Root() !== undefined)
})
