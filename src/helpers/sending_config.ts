import { z } from 'zod'
import { duration } from '../config/duration.ts'

/*
 * Keys, defaults and rules of the OpenTelemetry Collector's exporter helper
 * (go.opentelemetry.io/collector/exporter/exporterhelper).
 */

/** `timeout`: how long one attempt may take, in milliseconds. */
export const timeoutConfig = duration({ min: '1ms' })
  .prefault('5s')
  .describe('How long one attempt to send may take.')

/** `retry_on_failure`: when and for how long a request is tried again. Durations are milliseconds. */
export const retryConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Try again what the destination did not take for now; otherwise it is dropped.'),
    initial_interval: duration({ min: '1ms' })
      .prefault('5s')
      .describe('Wait before the second attempt.'),
    randomization_factor: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Each wait is spread at random by up to this share of it, in both directions.'),
    multiplier: z
      .number()
      .min(1)
      .default(1.5)
      .describe('Each wait is this much longer than the last.'),
    max_interval: duration({ min: '1ms' })
      .prefault('30s')
      .describe('The longest wait before it is spread.'),
    max_elapsed_time: duration()
      .prefault('300s')
      .describe('A request this old is not tried again but dropped. 0 means never.'),
  })
  .refine(
    ({ max_elapsed_time, initial_interval }) =>
      max_elapsed_time === 0 || max_elapsed_time >= initial_interval,
    { path: ['max_elapsed_time'], error: 'expected 0 or at least initial_interval' },
  )
  .refine(
    ({ max_elapsed_time, max_interval }) =>
      max_elapsed_time === 0 || max_elapsed_time >= max_interval,
    { path: ['max_elapsed_time'], error: 'expected 0 or at least max_interval' },
  )
  .prefault({})
  .describe('What happens to a request that the destination does not take for now.')
/** The parsed form of `retryConfig`. */
export type RetryConfig = z.infer<typeof retryConfig>

/** `sending_queue`: the bounded queue in front of a destination. */
export const sendingQueueConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Without a queue a batch is held by whoever sent it until the destination took it.',
      ),
    num_consumers: z
      .int()
      .min(1)
      .default(10)
      .describe('How many requests are sent at the same time.'),
    queue_size: z
      .int()
      .min(1)
      .default(1000)
      .describe('How much may wait, what is being sent included, in units of `sizer`.'),
    sizer: z
      .enum(['requests', 'items', 'bytes'])
      .default('requests')
      .describe(
        'What `queue_size` counts: requests, items (spans, data points, log records) or bytes before compression.',
      ),
    block_on_overflow: z
      .boolean()
      .default(false)
      .describe('When the queue is full, wait for room instead of refusing.'),
  })
  .prefault({})
  .describe('The bounded queue in front of the destination.')
/** The parsed form of `sendingQueueConfig`. */
export type SendingQueueConfig = z.infer<typeof sendingQueueConfig>
