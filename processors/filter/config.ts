import { z } from 'zod'
import { CONTEXTS, errorMode } from '../../src/ottl/index.ts'
import { reportFaults } from './check.ts'

const conditions = (what: string) =>
  z.array(z.string()).min(1).optional().describe(`Conditions on ${what}.`)

const group = z.strictObject({
  context: z
    .enum(CONTEXTS)
    .optional()
    .describe('What the conditions are about; unset: what their paths tell.'),
  conditions: z.array(z.string()).min(1).describe('What one of these holds for is dropped.'),
  error_mode: errorMode.optional().describe('For these conditions in place of the one of all.'),
})

/** Conditions as texts, or in groups. */
const groups = (what: string) =>
  z
    .union([z.array(z.string()), z.array(group)])
    .optional()
    .describe(
      `Conditions on ${what} whose paths begin with their context, as texts or as groups with \`conditions\`, \`context\` and \`error_mode\`.`,
    )

/** `processors.filter`, with the Collector's keys. */
export const filterConfig = z
  .strictObject({
    error_mode: errorMode
      .default('propagate')
      .describe('What happens when a condition fails with the data that it got.'),
    trace_conditions: groups('resources, scopes, spans and span events'),
    metric_conditions: groups('resources, scopes, metrics and data points'),
    log_conditions: groups('resources, scopes and log records'),
    traces: z
      .strictObject({
        resource: conditions('resources'),
        span: conditions('spans'),
        spanevent: conditions('span events'),
      })
      .optional()
      .describe('The older form of `trace_conditions`.'),
    metrics: z
      .strictObject({
        resource: conditions('resources'),
        metric: conditions('metrics'),
        datapoint: conditions('data points'),
      })
      .optional()
      .describe('The older form of `metric_conditions`.'),
    logs: z
      .strictObject({
        resource: conditions('resources'),
        log_record: conditions('log records'),
      })
      .optional()
      .describe('The older form of `log_conditions`.'),
  })
  .superRefine(reportFaults)

/** `processors.filter`, checked and with defaults. */
export type FilterConfig = z.output<typeof filterConfig>
