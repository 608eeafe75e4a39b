import { z } from 'zod'
import { TEMPORALITY, type Temporality } from '../pdata/metrics.ts'

/*
 * Options of those that count items into metrics, called and meant as in the Collector's span_metrics.
 */

/** Reports the first bound that is not above the one before. */
export function ascend(bounds: readonly number[], context: z.RefinementCtx<unknown>): void {
  const place = bounds.findIndex((bound, i) => i > 0 && bound <= (bounds[i - 1] as number))
  if (place === -1) return
  const message = 'expected a bound above the one before'
  context.addIssue({ code: 'custom', path: [place], message })
}

/** `exponential` of a histogram. */
export const exponentialHistogram = z.strictObject({
  max_size: z.int().min(2).max(1024).default(160).describe('Buckets of a data point at most.'),
})

const TEXTS = [
  'cumulative',
  'delta',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
  'AGGREGATION_TEMPORALITY_DELTA',
] as const

/** `aggregation_temporality`. */
export const aggregationTemporality = z
  .enum(TEXTS)
  .default('cumulative')
  .describe('Whether a data point counts since its series began, or since the one before.')

/** What the option says. */
export function temporalityOf(text: (typeof TEXTS)[number]): Temporality {
  return /delta/i.test(text) ? TEMPORALITY.delta : TEMPORALITY.cumulative
}

/** `exemplars`. */
export function exemplarOptions(enabled: boolean) {
  return z
    .strictObject({
      enabled: z
        .boolean()
        .default(enabled)
        .describe('Whether data points name some of their spans.'),
      max_per_data_point: z.int().min(1).default(5).describe('Spans that one names at most.'),
    })
    .prefault({})
    .describe('Spans as examples of what was counted.')
}
