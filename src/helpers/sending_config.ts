import { z } from 'zod'
import { duration } from '../config/duration.ts'
import { extensionId } from '../config/extension_reference.ts'

/*
 * Keys, defaults and rules of the OpenTelemetry Collector's exporter helper
 * (go.opentelemetry.io/collector/exporter/exporterhelper).
 */

/** `timeout`: how long one attempt may take, in milliseconds. */
export const timeoutConfig = duration({ min: '1ms' })
  .prefault('5s')
  .describe('How long one attempt to send may take.')

const retryFields = (initialInterval: string) =>
  z.strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Try again what the destination did not take for now; otherwise it is dropped.'),
    initial_interval: duration({ min: '1ms' })
      .prefault(initialInterval)
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

/** `retry_on_failure` of an exporter whose first wait is another one than most have. */
export const retryConfigFrom = (initialInterval: string) =>
  retryFields(initialInterval)
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
/** `retry_on_failure`: when and for how long a request is tried again. Durations are milliseconds. */
export const retryConfig = retryConfigFrom('5s')
/** The parsed form of `retryConfig`. */
export type RetryConfig = z.infer<typeof retryConfig>

const batchConfig = z
  .strictObject({
    flush_timeout: duration({ min: '1ms' })
      .prefault('200ms')
      .describe('A request waits no longer than this for others.'),
    min_size: z
      .int()
      .min(0)
      .default(8192)
      .describe('A request of this size is sent without waiting, in units of `sizer`.'),
    max_size: z
      .int()
      .min(0)
      .default(0)
      .describe(
        'Requests are not made larger than this, and larger batches are split. 0: no limit.',
      ),
    sizer: z
      .enum(['items', 'bytes'])
      .optional()
      .describe(
        "What sizes count: items, or bytes before compression. The queue's own sizer where that is one of these, else items.",
      ),
  })
  .refine(({ min_size, max_size }) => max_size === 0 || max_size >= min_size, {
    path: ['max_size'],
    error: ({ input }) => sizesError(input),
  })
  .optional()
  .describe(
    'Puts small requests together before they are sent. Off without it; `batch: {}` has the defaults.',
  )

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
      .default(10)
      .refine((count) => count > 0, { error: '`num_consumers` must be positive' })
      .describe('How many requests are sent at the same time.'),
    queue_size: z
      .int()
      .default(1000)
      .refine((size) => size > 0, { error: '`queue_size` must be positive' })
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
      .describe(
        'When the queue is full, wait for room instead of refusing. At most `queue_size` more can wait so.',
      ),
    wait_for_result: z
      .boolean()
      .default(false)
      .describe(
        'Whoever sent a batch hears what the destination made of it, not that it is queued.',
      ),
    storage: extensionId()
      .optional()
      .describe(
        'Id of a storage extension, such as `file_storage`: what waits is kept there and outlives the agent.',
      ),
    batch: batchConfig,
  })
  .refine(({ storage, wait_for_result }) => storage === undefined || !wait_for_result, {
    path: ['wait_for_result'],
    error: '`wait_for_result` is not supported with a persistent queue configured with `storage`',
  })
  .refine(
    (queue) =>
      queue.batch === undefined ||
      batchSizer(queue) !== queue.sizer ||
      queue.batch.min_size <= queue.queue_size,
    { path: ['batch', 'min_size'], error: '`min_size` must be less than or equal to `queue_size`' },
  )
  .prefault({})
  .describe('The bounded queue in front of the destination.')
/** The parsed form of `sendingQueueConfig`. */
export type SendingQueueConfig = z.infer<typeof sendingQueueConfig>
/** The parsed form of `sending_queue.batch`, where it is given. */
export type SendingBatchConfig = NonNullable<SendingQueueConfig['batch']>

/** The keys that every exporter with a sending queue has. */
export interface SendingConfig {
  readonly timeout: number
  readonly retry_on_failure: RetryConfig
  readonly sending_queue: SendingQueueConfig
}

function sizesError(input: unknown): string {
  const { min_size, max_size } = input as { readonly min_size: number; readonly max_size: number }
  return `\`max_size\` (${max_size}) must be greater or equal to \`min_size\` (${min_size})`
}

/** What the sizes of `batch` count: its own sizer, or the queue's where that is one of its. */
export function batchSizer({
  sizer,
  batch,
}: {
  readonly sizer: 'requests' | 'items' | 'bytes'
  readonly batch?: { readonly sizer?: 'items' | 'bytes' | undefined } | undefined
}): 'items' | 'bytes' {
  return batch?.sizer ?? (sizer === 'requests' ? 'items' : sizer)
}
