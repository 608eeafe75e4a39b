import { z } from 'zod'

const NOT_BUILT = 'not built: the agent makes no traces of itself'

/** `service.telemetry.traces`: only to say that there are none. */
export const tracesConfig = z
  .strictObject({
    level: z
      .string()
      .refine((text) => text.toLowerCase() === 'none', {
        error: `${NOT_BUILT}, expected "none"`,
      })
      .default('none')
      .describe('Only "none": the agent makes no traces of itself.'),
    propagators: z.array(z.string()).default([]).describe('Taken for compatibility.'),
    processors: z.array(z.unknown()).max(0, NOT_BUILT).default([]).describe('Not built.'),
  })
  .prefault({})
  .describe("The agent's own traces.")
