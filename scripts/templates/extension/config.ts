import { z } from 'zod'
import { duration } from '../../src/config/index.ts'

/** `extensions.template_name`. */
export const templateNameConfig = z.strictObject({
  interval: duration({ min: '100ms' }).prefault('10s').describe('Time from one line to the next.'),
})

/** `extensions.template_name`, checked and with defaults. */
export type TemplateNameConfig = z.output<typeof templateNameConfig>
