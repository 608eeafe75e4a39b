import { z } from 'zod'

export const components = [
  {
    role: 'exporter',
    type: 'debug',
    aliases: ['otlp_grpc'],
    summary: 'Has names that are taken.',
    stability: 'development',
    config: z.strictObject({}),
    consumes: ['traces'],
    create: () => ({ export: async () => ({ kind: 'accepted' }) }),
  },
]
