import { z } from 'zod'
import { CONTEXTS, errorMode } from '../../src/ottl/index.ts'
import { reportFaults } from './check.ts'

const group = z.strictObject({
  context: z
    .enum(CONTEXTS)
    .optional()
    .describe('What the statements are about; unset: what their paths tell.'),
  conditions: z
    .array(z.string())
    .default([])
    .describe('One of these has to hold for the statements to run; none: they always do.'),
  statements: z.array(z.string()).min(1).describe('What is done, one after the other.'),
  error_mode: errorMode.optional().describe('For these statements in place of the one of all.'),
})

/** Statements as texts, or in groups. */
const groups = (what: string) =>
  z
    .union([z.array(z.string()), z.array(group)])
    .default([])
    .describe(
      `Statements about ${what} whose paths begin with their context, as texts or as groups with \`statements\`, \`conditions\`, \`context\` and \`error_mode\`.`,
    )

/** `processors.transform`, with the Collector's keys. */
export const transformConfig = z
  .strictObject({
    error_mode: errorMode
      .default('ignore')
      .describe('What happens when a condition or statement fails with the data that it got.'),
    trace_statements: groups('resources, scopes, spans and span events'),
    metric_statements: groups('resources, scopes, metrics and data points'),
    log_statements: groups('resources, scopes and log records'),
  })
  .superRefine(reportFaults)

/** `processors.transform`, checked and with defaults. */
export type TransformConfig = z.output<typeof transformConfig>
