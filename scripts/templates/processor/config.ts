import { z } from 'zod'

/** `processors.template_name`. */
export const templateNameConfig = z.strictObject({
  min_items: z.int().min(0).default(1).describe('Batches with fewer items are left out.'),
})

/** `processors.template_name`, checked and with defaults. */
export type TemplateNameConfig = z.output<typeof templateNameConfig>
