import { z } from 'zod'
import { listenEndpoint } from './endpoint.ts'
import { readerConfig } from './telemetry_readers.ts'
import { viewConfig } from './telemetry_views.ts'

const LEVELS = ['none', 'basic', 'normal', 'detailed'] as const
const expectedLevel = 'expected "none", "basic", "normal" or "detailed"'

/** `Detailed`, as the Collector writes it, is `detailed`. */
const level = z
  .codec(z.string({ error: expectedLevel }), z.enum(LEVELS), {
    decode: (text, context) => {
      const known = LEVELS.find((one) => one === text.toLowerCase())
      if (known) return known
      context.issues.push({ code: 'custom', input: text, message: expectedLevel })
      return z.NEVER
    },
    encode: (value) => value,
  })
  .meta({ label: LEVELS.map((one) => JSON.stringify(one)).join(' or ') })

/** `service.telemetry.metrics`. */
export const metricsConfig = z
  .strictObject({
    level: level.default('normal').describe('How many metrics the agent keeps about itself.'),
    readers: z
      .array(readerConfig)
      .optional()
      .describe(
        'Who gets them. Unset: a page for Prometheus at 127.0.0.1:8888, or none while something else listens there.',
      ),
    endpoint: listenEndpoint()
      .optional()
      .describe('Short for one reader: where Prometheus can fetch them, at /metrics.'),
    address: listenEndpoint().optional().describe('The older name of `endpoint`.'),
    views: z.array(viewConfig).default([]).describe('Leaves out metrics, or attributes of them.'),
  })
  .refine((one) => [one.readers, one.endpoint, one.address].filter(Boolean).length <= 1, {
    error: 'expected only one of readers, endpoint and address',
  })
  .refine(({ level: chosen, readers }) => chosen === 'none' || readers?.length !== 0, {
    path: ['readers'],
    error: 'expected a reader, or level: none',
  })
  .prefault({})
  .describe("The agent's own metrics.")

/** Parsed `service.telemetry.metrics`. */
export type MetricsTelemetryConfig = z.output<typeof metricsConfig>
