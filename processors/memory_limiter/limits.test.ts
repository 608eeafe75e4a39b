import { expect, it } from 'vitest'
import { memoryLimiterConfig } from './config.ts'
import { heapLimit, processMemory, rssLimit } from './limits.ts'

const MIB = 1024 * 1024
const total = () => ({ bytes: 1000 * MIB, source: 'cgroup x' })

/** The limits in MiB. */
function limits(options: object): { soft: number; hard: number } {
  const config = memoryLimiterConfig.parse({ check_interval: '1s', ...options })
  const { soft, hard } = rssLimit(config, total)
  return { soft: soft / MIB, hard: hard / MIB }
}

it('lie a fifth of the hard limit apart unless a spike is given', () => {
  expect(limits({ limit_mib: 100 })).toEqual({ hard: 100, soft: 80 })
  expect(limits({ limit_mib: 100, spike_limit_mib: 5 })).toEqual({ hard: 100, soft: 95 })
  expect(limits({ limit_percentage: 50 })).toEqual({ hard: 500, soft: 400 })
})

it('are shares of the memory that there is, the spike too', () => {
  expect(limits({ limit_percentage: 75, spike_limit_percentage: 15 })).toEqual({
    hard: 750,
    soft: 600,
  })
})

it('are those in MiB where both are given', () => {
  expect(limits({ limit_mib: 100, limit_percentage: 75, spike_limit_percentage: 1 })).toEqual({
    hard: 100,
    soft: 80,
  })
})

it('of the heap are shares of where V8 gives up', () => {
  const readings = { ...processMemory, heapLimitBytes: () => 1_000 }
  expect(heapLimit(readings)).toEqual({ soft: 800, hard: 900 })
  expect(processMemory.heapBytes()).toBeLessThan(processMemory.heapLimitBytes())
  expect(processMemory.heapBytes()).toBeLessThan(processMemory.rssBytes())
})
