import { z } from 'zod'

/** `connectors.template_name`. */
export const templateNameConfig = z.strictObject({
  log_batches: z.boolean().default(false).describe('A line in the log for each batch.'),
})

/** `connectors.template_name`, checked and with defaults. */
export type TemplateNameConfig = z.output<typeof templateNameConfig>
