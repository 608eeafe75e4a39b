import { describe, expect, it } from 'vitest'
import { retryConfig, sendingQueueConfig, timeoutConfig } from './sending_config.ts'

describe('the options of sending', () => {
  it("have the Collector's defaults", () => {
    expect(retryConfig.parse(undefined)).toEqual({
      enabled: true,
      initial_interval: 5_000,
      randomization_factor: 0.5,
      multiplier: 1.5,
      max_interval: 30_000,
      max_elapsed_time: 300_000,
    })
    expect(sendingQueueConfig.parse(undefined)).toEqual({
      enabled: true,
      num_consumers: 10,
      queue_size: 1000,
      sizer: 'requests',
      block_on_overflow: false,
    })
    expect(timeoutConfig.parse(undefined)).toBe(5_000)
  })

  it('refuse a max_elapsed_time in which there is no room for a wait', () => {
    const result = retryConfig.safeParse({ max_elapsed_time: '10s' })
    expect(result.error?.issues).toMatchObject([
      { path: ['max_elapsed_time'], message: 'expected 0 or at least max_interval' },
    ])
  })
})
