import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

/*
 * Keys, defaults and the rule between them of the OpenTelemetry Collector's batch processor
 * (go.opentelemetry.io/collector/processor/batchprocessor), without metadata_keys.
 */

/** `processors.batch`. */
export const batchConfig = z
  .strictObject({
    send_batch_size: z
      .int()
      .min(0)
      .default(8192)
      .describe('Items that are handed on as soon as they are there. 0: as they come.'),
    timeout: duration()
      .prefault('200ms')
      .describe('How long an item waits at most. 0s: not at all.'),
    send_batch_max_size: z
      .int()
      .min(0)
      .default(0)
      .describe('Items of a batch at most; larger ones are split. 0: no limit.'),
  })
  .refine(
    ({ send_batch_size, send_batch_max_size }) =>
      send_batch_max_size === 0 || send_batch_max_size >= send_batch_size,
    { path: ['send_batch_max_size'], error: 'expected 0 or at least send_batch_size' },
  )

/** `processors.batch`, checked and with defaults. */
export type BatchConfig = z.output<typeof batchConfig>
