import { z } from 'zod'
import { listenEndpoint } from './endpoint.ts'
import { readerConfig } from './telemetry_readers.ts'
import { viewConfig } from './telemetry_views.ts'
import { wordOf } from './words.ts'

const LEVELS = ['none', 'basic', 'normal', 'detailed'] as const

/** `service.telemetry.metrics`. */
export const metricsConfig = z
  .strictObject({
    level: wordOf(LEVELS)
      .default('normal')
      .describe('How many metrics the agent keeps about itself.'),
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
