import { z } from 'zod'
import { duration } from '../../src/config/index.ts'
import { nameList } from '../../src/helpers/name_filter.ts'

/** `processors.cumulative_to_delta`: the Collector's keys and defaults. Durations are milliseconds. */
export const cumulativeToDeltaConfig = z.strictObject({
  include: nameList('metrics', 'metrics').describe('The metrics that are converted. Unset: all.'),
  exclude: nameList('metrics', 'metrics').describe('Of those, the metrics that are not.'),
  max_staleness: duration()
    .prefault('0s')
    .describe('How long a series is remembered after its last point. 0: for ever.'),
  initial_value: z
    .enum(['auto', 'keep', 'drop'])
    .default('auto')
    .describe(
      'What becomes of the first point of a series: with `auto` it is kept where the series began after the processor did.',
    ),
  max_streams: z
    .int()
    .min(0)
    .default(500_000)
    .describe('How many series are remembered; the points of further ones are dropped. 0: all.'),
})

/** `processors.cumulative_to_delta`, checked and with defaults. */
export type CumulativeToDeltaConfig = z.output<typeof cumulativeToDeltaConfig>
