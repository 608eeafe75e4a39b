import { z } from 'zod'
import { listenEndpoint } from './endpoint.ts'

/** `service.limits`: what the agent may cost. */
export const limitsConfig = z
  .strictObject({
    cpu: z
      .number()
      .positive()
      .optional()
      .describe(
        'Cores the agent and its kernel programs may use, such as 0.5. Unset means no limit.',
      ),
    memory_mib: z
      .int()
      .min(32)
      .optional()
      .describe('Memory the agent may use, in MiB. Unset means no limit.'),
    workers: z
      .int()
      .min(1)
      // Refused and not ignored: whoever asks for more has a load that one thread does not carry.
      .max(1, 'expected 1 (reading with more threads is not built yet)')
      .default(1)
      .describe('Threads that read what the kernel hands over. More than one is not built yet.'),
  })
  .prefault({})
  .describe('What the agent may cost.')

const logsConfig = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('The least severe lines that are written.'),
    encoding: z
      .enum(['console', 'json'])
      .default('console')
      .describe('Lines for people, or one JSON object a line.'),
  })
  .prefault({})
  .describe("The agent's own log.")

const metricsConfig = z
  .strictObject({
    level: z
      .enum(['none', 'basic', 'normal', 'detailed'])
      .default('normal')
      .describe('How many metrics the agent keeps about itself.'),
    endpoint: listenEndpoint()
      .optional()
      .describe(
        'Where Prometheus can fetch them, at /metrics. It has to be free; unset means 127.0.0.1:8888, ' +
          'or nowhere while something else listens there.',
      ),
  })
  .prefault({})
  .describe("The agent's own metrics.")

/** `service.telemetry`: what the agent says about itself. */
export const telemetryConfig = z
  .strictObject({
    logs: logsConfig,
    metrics: metricsConfig,
    resource: z
      .record(z.string(), z.string())
      .default({})
      .describe('Resource attributes of what the agent exports about itself.'),
  })
  .prefault({})
  .describe('What the agent says about itself.')

/** Parsed `service.limits`. */
export type LimitsConfig = z.infer<typeof limitsConfig>

/** Parsed `service.telemetry`. */
export type TelemetryConfig = z.infer<typeof telemetryConfig>
