import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import { DeliveryApiExtension } from './extension.ts'
import { deliveryApi } from './index.ts'

lifecycleTest(deliveryApi)

describe('delivery_api', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('says each interval that it is alive until it is shut down', async () => {
    const lines: string[] = []
    const settings = testSettings(deliveryApi, { write: (line) => lines.push(line) })
    const extension = new DeliveryApiExtension(settings, { interval: 1_000 })
    await extension.start()
    vi.advanceTimersByTime(2_500)
    await extension.shutdown()
    vi.advanceTimersByTime(2_500)
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'Alive.',
      'Alive.',
    ])
  })
})
