import { z } from 'zod'
import { logsConfig } from './telemetry_logs.ts'
import { metricsConfig } from './telemetry_metrics.ts'
import { resourceConfig } from './telemetry_resource.ts'
import { tracesConfig } from './telemetry_traces.ts'

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

/** `service.telemetry`: what the agent says about itself. */
export const telemetryConfig = z
  .strictObject({
    logs: logsConfig,
    metrics: metricsConfig,
    traces: tracesConfig,
    resource: resourceConfig,
  })
  .prefault({})
  .describe('What the agent says about itself.')

/** Parsed `service.limits`. */
export type LimitsConfig = z.infer<typeof limitsConfig>

/** Parsed `service.telemetry`. */
export type TelemetryConfig = z.infer<typeof telemetryConfig>

/** What is odd in `service.telemetry` and taken all the same: below it, the path and why. */
export function telemetryWarnings({
  metrics,
}: TelemetryConfig): { readonly path: readonly string[]; readonly message: string }[] {
  if (metrics.address === undefined) return []
  const message = '"address" is the older way, use "readers" or "endpoint"'
  return [{ path: ['metrics', 'address'], message }]
}
