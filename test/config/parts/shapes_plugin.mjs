import { z } from 'zod'

// Options of every shape, so that the wording of mistakes in them depends on no real component.
export const components = [
  {
    role: 'exporter',
    type: 'shapes',
    summary: 'Takes options of many shapes.',
    stability: 'development',
    config: z.strictObject({
      tenant: z.string().optional().describe('A text.'),
      ports: z.array(z.int().min(1).max(65535)).default([]).describe('Numbers.'),
      to: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .describe('One or several.'),
      insecure: z.boolean().default(false).describe('Yes or no.'),
      rate: z.number().positive().default(1).describe('More than nothing.'),
      sizes: z.record(z.string(), z.number()).default({}).describe('By name.'),
    }),
    consumes: ['traces'],
    create: () => ({ export: async () => ({ kind: 'accepted' }) }),
  },
]
