import { describe, expect, it } from 'vitest'
import { batchSizer, retryConfig, sendingQueueConfig, timeoutConfig } from './sending_config.ts'

function problems(queue: object) {
  const { error } = sendingQueueConfig.safeParse(queue)
  return error?.issues.map(({ path, message }) => [path.join('.'), message])
}

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
      wait_for_result: false,
    })
    expect(sendingQueueConfig.parse({ batch: {} }).batch).toEqual({
      flush_timeout: 200,
      min_size: 8192,
      max_size: 0,
    })
    expect(timeoutConfig.parse(undefined)).toBe(5_000)
  })

  it('refuse a max_elapsed_time in which there is no room for a wait', () => {
    const result = retryConfig.safeParse({ max_elapsed_time: '10s' })
    expect(result.error?.issues).toMatchObject([
      { path: ['max_elapsed_time'], message: 'expected 0 or at least max_interval' },
    ])
  })

  it.each([
    [{ num_consumers: 0 }, 'num_consumers', '`num_consumers` must be positive'],
    [{ queue_size: 0 }, 'queue_size', '`queue_size` must be positive'],
    [
      { storage: 'file_storage', wait_for_result: true },
      'wait_for_result',
      '`wait_for_result` is not supported with a persistent queue configured with `storage`',
    ],
    [
      { sizer: 'items', queue_size: 1000, batch: {} },
      'batch.min_size',
      '`min_size` must be less than or equal to `queue_size`',
    ],
    [
      { batch: { max_size: 100 } },
      'batch.max_size',
      '`max_size` (100) must be greater or equal to `min_size` (8192)',
    ],
  ])("refuse %j in the Collector's words", (queue, path, message) => {
    expect(problems(queue)).toEqual([[path, message]])
  })

  it('let a batch be larger than a queue that counts something else', () => {
    expect(problems({ sizer: 'requests', queue_size: 10, batch: {} })).toBeUndefined()
  })

  it("count batches by their own sizer, else by the queue's where that can be", () => {
    const sizers = [
      { sizer: 'requests', batch: {} },
      { sizer: 'bytes', queue_size: 10_000, batch: {} },
      { sizer: 'bytes', batch: { sizer: 'items' } },
    ].map((queue) => batchSizer(sendingQueueConfig.parse(queue)))
    expect(sizers).toEqual(['items', 'bytes', 'items'])
  })
})
