import { z } from 'zod'

/** `exporters.template_name`. */
export const templateNameConfig = z.strictObject({
  log_batches: z.boolean().default(false).describe('A line in the log for each batch.'),
})

/** `exporters.template_name`, checked and with defaults. */
export type TemplateNameConfig = z.output<typeof templateNameConfig>
