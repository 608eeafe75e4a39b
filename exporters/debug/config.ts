import { z } from 'zod'
import { duration } from '../../src/config/duration.ts'

const colorMode = z.enum(['auto', 'always', 'never'])

/** `exporters.debug`. */
export const debugConfig = z.strictObject({
  verbosity: z
    .enum(['basic', 'normal', 'detailed'])
    .default('basic')
    .describe(
      '`basic`: a line for each batch; `normal`: a line for each span, data point or log record; `detailed`: each field.',
    ),
  max_lines_per_second: z
    .int()
    .min(0)
    .default(50)
    .describe(
      'Lines (`detailed`: blocks) in a second; beyond them only their number is printed. 0: none.',
    ),
  summary_interval: duration({ max: '1h' })
    .prefault('10s')
    .refine((ms) => ms === 0 || ms >= 1_000, 'expected 0s or a duration from 1s to 1h')
    .describe(
      'How often to print tables: requests by service and side, flows, connections, lookups. 0s: never.',
    ),
  color: colorMode
    .default('auto')
    .describe('`auto`: on a terminal, unless NO_COLOR is set in the environment.'),
  colour: colorMode.optional().describe('Another spelling of `color`, which it overrules.'),
})

/** `exporters.debug`, checked and with defaults. */
export type DebugConfig = z.output<typeof debugConfig>
