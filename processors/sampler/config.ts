import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

/** The smallest share that the 28 bits that are compared still tell from its neighbours. */
const LEAST_PERCENTAGE = 0.0001

/** `processors.sampler`; `sampling_percentage` is the key of the Collector's probabilistic_sampler. */
export const samplerConfig = z.strictObject({
  sampling_percentage: z
    .number()
    .min(0)
    .max(100)
    .refine((share) => share === 0 || share >= LEAST_PERCENTAGE, {
      error: `expected 0 or at least ${LEAST_PERCENTAGE}`,
    })
    .default(100)
    .describe('How many of 100 traces are kept. The trace id decides, so all its spans agree.'),
  always_sample_errors: z
    .boolean()
    .default(true)
    .describe('Keep every span whose status is an error.'),
  latency_threshold: duration({ min: '1us' })
    .optional()
    .describe('Keep every span that lasts at least so long. Unset: how long does not matter.'),
  respect_sampled_flag: z
    .boolean()
    .default(false)
    .describe('Keep every span of a trace that began elsewhere and is marked there as sampled.'),
  spans_per_second: z
    .int()
    .min(1)
    .optional()
    .describe('Spans that are kept in a second at most, errors and slow ones first. Unset: all.'),
})

/** `processors.sampler`, checked and with defaults. */
export type SamplerConfig = z.output<typeof samplerConfig>
