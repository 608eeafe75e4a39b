import { defineProcessor } from '../../src/component/component.ts'
import { KINDS } from '../../src/pdata/batch.ts'
import { memoryLimiterConfig } from './config.ts'
import { MemoryLimiterProcessor } from './processor.ts'
import { sharedWatch } from './watch.ts'

/** Refuses data while the agent uses too much memory. */
export const memoryLimiter = defineProcessor({
  type: 'memory_limiter',
  summary: 'Refuses data while the agent uses too much memory.',
  stability: 'alpha',
  config: memoryLimiterConfig,
  conversions: KINDS.map((kind) => ({ from: kind, to: kind })),
  create: (settings, config) => new MemoryLimiterProcessor(settings, sharedWatch(config)),
})
