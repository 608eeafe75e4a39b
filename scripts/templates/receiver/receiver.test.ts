import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { lifecycleTest, testSettings } from '../../src/component/lifecycle_test.ts'
import type { Batch } from '../../src/pdata/batch.ts'
import { templateName } from './index.ts'
import { TemplateNameReceiver } from './receiver.ts'

lifecycleTest(templateName)

describe('template_name', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('emits a span each interval until it is shut down', async () => {
    const settings = testSettings(templateName)
    const receiver = new TemplateNameReceiver(settings, { interval: 1_000 })
    const batches: Batch[] = []
    receiver.batches$.subscribe((batch) => batches.push(batch))
    await receiver.start()
    vi.advanceTimersByTime(3_500)
    await receiver.shutdown()
    vi.advanceTimersByTime(3_500)
    expect(batches.map(({ kind, itemCount }) => `${itemCount} ${kind}`)).toEqual([
      '1 traces',
      '1 traces',
      '1 traces',
    ])
    expect(settings.counters.in).toBe(3)
  })
})
